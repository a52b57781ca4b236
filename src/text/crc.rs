//! The three cyclic redundancy checks in use: CRC-32/ISO-HDLC, CRC-16/XMODEM, CRC-24/OPENPGP.
//!
//! Bit by bit: tokens are short and checks are rare, so a table would cost more than it saves.

/// The CRC-32 of IEEE 802.3, gzip and PNG.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    const REFLECTED: u32 = 0xEDB8_8320;
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { REFLECTED } else { 0 }
        })
    })
}

/// The CRC-16 that NATS and Stellar put into their keys.
pub(crate) fn crc16(bytes: &[u8]) -> u16 {
    const POLYNOMIAL: u16 = 0x1021;
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc: u16, _| {
            (crc << 1) ^ if crc & 0x8000 == 0 { 0 } else { POLYNOMIAL }
        })
    })
}

/// The CRC-24 of OpenPGP armour (RFC 9580, section 6.1).
pub(crate) fn crc24(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x0186_4CFB;
    const START: u32 = 0x00B7_04CE;
    bytes.iter().fold(START, |crc, &byte| {
        (0..8).fold(crc ^ (u32::from(byte) << 16), |crc, _| {
            let shifted = crc << 1;
            shifted ^ if shifted & 0x0100_0000 == 0 { 0 } else { POLYNOMIAL }
        })
    })
}
