//! TLS for what is not HTTP: rustls with ring, the public authorities or those that were given.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::sink::{Secrets, Unfit};

/// The certificates in a PEM text.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Unfit> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(Unfit("the file of authorities holds no certificate in PEM".to_owned())),
    }
}

pub(crate) fn config(secrets: &Secrets) -> Result<Arc<ClientConfig>, Unfit> {
    let mut roots = RootCertStore::empty();
    match &secrets.authorities {
        Some(pem) => {
            for certificate in certificates(pem)? {
                let added = roots.add(certificate);
                added.map_err(|_| {
                    Unfit("a certificate of the authorities does not hold".to_owned())
                })?;
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| Unfit("TLS cannot be set up".to_owned()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
