//! The largest files that are read, and the memory that reading them takes: a process of its own, so that it can be seen.

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use exo_cert::{Certificate, ClientCertificate};
    use exo_model::Secret;

    const LARGEST: usize = 4 << 20;
    const LIMIT_KIB: u64 = 64 << 10;

    fn data(name: &str) -> Vec<u8> {
        std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap()
    }

    /// The peak of this process's resident memory.
    fn peak_kib() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().trim().parse().unwrap()
    }

    fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let digits = content.len().to_be_bytes();
        let digits: Vec<u8> = digits.into_iter().skip_while(|digit| *digit == 0).collect();
        let length = match digits.as_slice() {
            [] => vec![0],
            [short @ ..0x80] => vec![*short],
            long => [&[0x80 | u8::try_from(long.len()).unwrap()], long].concat(),
        };
        [&[tag], length.as_slice(), &content].concat()
    }

    const DATA: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1];
    const ENCRYPTED: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 6];
    const KEY_BAG: &[u8] = &[6, 11, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 10, 1, 1];
    const CERT_BAG: &[u8] = &[6, 11, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 10, 1, 3];
    const X509: &[u8] = &[6, 10, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 22, 1];
    const SHROUDED: &[u8] = &[6, 11, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 10, 1, 2];
    const PBES2: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 13];
    const SCRYPT: &[u8] = &[6, 9, 0x2B, 6, 1, 4, 1, 0xDA, 0x47, 4, 11];
    const AES_256: &[u8] = &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42];
    const PBE_3DES: &[u8] = &[6, 10, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 1, 3];

    fn pfx(safes: &[&[u8]]) -> Vec<u8> {
        let data = wrap(0x30, &[DATA, &wrap(0xA0, &[&wrap(4, &[&wrap(0x30, safes)])])]);
        wrap(0x30, &[&[2, 1, 3], &data])
    }

    fn plain_safe(bags: &[&[u8]]) -> Vec<u8> {
        wrap(0x30, &[DATA, &wrap(0xA0, &[&wrap(4, &[&wrap(0x30, bags)])])])
    }

    /// Reads it in every way; how it is refused shows how far the reader came.
    fn read(name: &str, bytes: &[u8], expected: &str) {
        assert!(bytes.len() <= LARGEST + 64 && bytes.len() > LARGEST / 2, "{name}: {}", bytes.len());
        let bytes = bytes.get(..LARGEST).unwrap_or(bytes);
        let begun = std::time::Instant::now();
        for password in [Some(&Secret::from("password")), None] {
            let error = ClientCertificate::from_bytes(bytes, password).unwrap_err();
            assert!(error.to_string().contains(expected), "{name}: {error}");
            drop(Certificate::all_from_bytes(bytes, password));
        }
        drop(Certificate::from_bytes(bytes));
        let peak = peak_kib();
        println!("{name}: {peak} KiB so far, {:?}", begun.elapsed());
        assert!(peak < LIMIT_KIB, "{name}: {peak} KiB");
    }

    const ROOM: usize = LARGEST - 512;

    fn huge_key() -> Vec<u8> {
        let key = wrap(0x30, &[KEY_BAG, &wrap(0xA0, &[&wrap(0x30, &[&vec![0; ROOM]])])]);
        pfx(&[&plain_safe(&[&key])])
    }

    fn large_certificates() -> Vec<u8> {
        let certificate = wrap(4, &[&vec![0; ROOM / 200 - 100]]);
        let certificate = wrap(0xA0, &[&wrap(0x30, &[X509, &wrap(0xA0, &[&certificate])])]);
        pfx(&[&plain_safe(&[&wrap(0x30, &[CERT_BAG, &certificate]).repeat(200)])])
    }

    fn encrypted_safe() -> Vec<u8> {
        let scheme = wrap(0x30, &[PBE_3DES, &wrap(0x30, &[&wrap(4, &[&[0; 8]]), &[2, 1, 1]])]);
        let sealed = wrap(0x30, &[DATA, &scheme, &wrap(0x80, &[&vec![7; ROOM / 8 * 8]])]);
        pfx(&[&wrap(0x30, &[ENCRYPTED, &wrap(0xA0, &[&wrap(0x30, &[&[2, 1, 0], &sealed])])])])
    }

    /// A key under scrypt, with the highest costs that are accepted.
    fn scrypt_key() -> Vec<u8> {
        let costs = [4, 1, 9, 2, 2, 0x40, 0, 2, 1, 8, 2, 1, 1];
        let scrypt = wrap(0x30, &[SCRYPT, &wrap(0x30, &[&costs])]);
        let aes = wrap(0x30, &[AES_256, &wrap(4, &[&[0; 16]])]);
        let scheme = wrap(0x30, &[PBES2, &wrap(0x30, &[&scrypt, &aes])]);
        let sealed = wrap(0x30, &[&scheme, &wrap(4, &[&vec![7; ROOM / 16 * 16]])]);
        pfx(&[&plain_safe(&[&wrap(0x30, &[SHROUDED, &wrap(0xA0, &[&sealed])])])])
    }

    fn pieces() -> Vec<u8> {
        let pieces = wrap(0x24, &[&[0x04, 0x01, 0x30].repeat(ROOM / 3)]);
        wrap(0x30, &[&[2, 1, 3], &wrap(0x30, &[DATA, &wrap(0xA0, &[&pieces])])])
    }

    fn block() -> String {
        let body = STANDARD.encode(vec![0x30; ROOM / 4 * 3 - 600]);
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----")
    }

    fn utf16() -> Vec<u8> {
        let base64 = STANDARD.encode(vec![0x30; ROOM / 8 * 3]);
        [0xFF, 0xFE].into_iter().chain(base64.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    }

    /// What it is, and its bytes, which live no longer than the look at them, and the refusal.
    type Case = (&'static str, fn() -> Vec<u8>, &'static str);

    const CASES: &[Case] = &[
        ("one huge key", huge_key, "private key"),
        ("200 large certificates", large_certificates, "certificate is damaged"),
        ("a huge encrypted safe", encrypted_safe, "password"),
        ("a huge key under scrypt", scrypt_key, "password"),
        ("a million pieces", pieces, "structure"),
        ("nothing but beginnings", || [0x30, 0x80].repeat(LARGEST / 2), "damaged"),
        (
            "certificates without end",
            || {
                let certificate = data("contoso.crt");
                certificate.repeat(LARGEST / certificate.len())
            },
            "PEM blocks",
        ),
        ("one huge block", || block().into_bytes(), "damaged"),
        ("the same with escapes", || block().replace("MDAw", "\\nAw").into_bytes(), "damaged"),
        ("base64 of base64", || STANDARD.encode(vec![0x30; ROOM / 4 * 3]).into_bytes(), "another kind"),
        ("base64 as UTF-16", utf16, "another kind"),
        ("Latin-1", || [b"-----BEGIN ".as_slice(), &[0xE9].repeat(ROOM)].concat(), "PEM block"),
        ("nothing but escapes", || [b"-----BEGIN A-----".as_slice(), &b"\\".repeat(ROOM)].concat(), "PEM block"),
    ];

    #[test]
    fn the_worst_files_take_less_than_64_mib() {
        for (name, bytes, expected) in CASES {
            read(name, &bytes(), expected);
        }
    }
}
