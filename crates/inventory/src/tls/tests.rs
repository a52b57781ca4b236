//! What an address says of TLS.

use super::{plain, stays_here, wishes};

#[test]
fn an_address_says_whether_there_is_tls() {
    let tls = |address: &str| wishes(address).unwrap().1.tls;
    assert_eq!(tls("postgres://u@h/d"), None);
    assert_eq!(tls("postgres://u@h/d?sslmode=disable"), Some(false));
    assert_eq!(tls("postgres://u@h/d?connect_timeout=3&sslmode=require"), Some(true));
    assert!(wishes("postgres://u:s3cr3t@h/d?sslmode=prefer").is_err());
    let (rest, all) = wishes("postgres://u@h/d?a=1&sslrootcert=%2Fetc%2Fca.pem&b=2").unwrap();
    assert_eq!(rest, "postgres://u@h/d?a=1&b=2");
    assert_eq!(all.authorities.unwrap().to_str(), Some("/etc/ca.pem"));
    for broken in ["%", "%2", "%zz", "%ff", "%é"] {
        assert!(plain(broken).is_err(), "{broken}");
    }
}

#[test]
fn what_leaves_the_machine_is_encrypted() {
    for (host, stays) in [
        ("localhost", true),
        ("127.0.0.1", true),
        ("[::1]", true),
        ("%2Frun%2Fpostgresql", true),
        ("db.example", false),
        ("localhost,db.example", false),
        ("10.0.0.1", false),
    ] {
        let config = format!("postgres://u@{host}/d").parse().unwrap();
        assert_eq!(stays_here(&config), stays, "{host}");
    }
    let config = "postgres://u@localhost/d?hostaddr=10.0.0.1".parse().unwrap();
    assert!(!stays_here(&config));
}
