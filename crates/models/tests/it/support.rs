//! Archives, made by hand so that they can be made wrong.

/// A zip archive: local headers, then the directory.
pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(members, |_, _| {})
}

/// The same, after `change` has been at each pair of headers (local, central).
pub(crate) fn zip_with(members: &[(&str, &[u8])], change: impl Fn(&mut Vec<u8>, &mut Vec<u8>)) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in members {
        let size = u32::try_from(data.len()).unwrap().to_le_bytes();
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        common.extend(crc(data).to_le_bytes());
        common.extend(size);
        common.extend(size);
        common.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        common.extend([0, 0]);
        let mut local = [b"PK\x03\x04".as_slice(), &common].concat();
        let mut central = [b"PK\x01\x02\x14\x03".as_slice(), &common, &[0; 10]].concat();
        central.extend(u32::try_from(out.len()).unwrap().to_le_bytes());
        change(&mut local, &mut central);
        out.extend([local, name.as_bytes().to_vec(), data.to_vec()].concat());
        directory.extend([central, name.as_bytes().to_vec()].concat());
    }
    let at = u32::try_from(out.len()).unwrap();
    let count = u16::try_from(members.len()).unwrap().to_le_bytes();
    let length = u32::try_from(directory.len()).unwrap();
    out.extend(directory);
    out.extend([b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count].concat());
    out.extend(length.to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// CRC-32 as zip has it.
fn crc(data: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1));
        }
    }
    !crc
}
