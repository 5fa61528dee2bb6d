//! The own store: a folder that nobody else may look into, with one PEM file per certificate.

use super::files::{self, FolderRule, Scan};
use super::{Description, KeyStore};
use crate::material::KeyMaterial;
use crate::select::{self, Selection};
use crate::{Certificate, ClientCertificate, Error, Provider, RsaSigner, Selector, StoreError, Thumbprint};
use crate::{client_certificate, key_file};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exo_model::Secret;
use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The own store: a folder with the mode 0700, and in it one file `<THUMBPRINT>.pem` per certificate, with the mode 0600.
///
/// A file holds the key (PKCS#8, not encrypted: the folder protects it) and the chain. A folder that others may look
/// into is refused, and so are files that others may read, and both if they belong to another user. The thumbprint is
/// computed from the certificate; the file's name is for people. PFX files without a password are read, too.
///
/// On Windows the folder's own access control list is all that protects it.
///
/// ```no_run
/// use exo_cert::{FolderStore, KeyStore, Selector};
///
/// # async fn example(pfx: &[u8]) -> Result<(), exo_cert::StoreError> {
/// let store = FolderStore::new("/home/adele/.local/share/exoctl/certificates");
/// let added = store.add(pfx, Some(&"password".into()))?;
/// let certificate = store.find(&Selector::Thumbprint(added.thumbprint)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct FolderStore {
    folder: PathBuf,
}

impl FolderStore {
    /// The store in this folder, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { folder: path.into() }
    }

    /// Puts the certificate of a file into the store: any file that [`ClientCertificate::from_bytes`] opens.
    ///
    /// The folder is made if there is none.
    ///
    /// # Errors
    /// [`StoreError::Certificate`] if the file holds no usable certificate with its key, [`StoreError::AlreadyThere`],
    /// and what is wrong with the folder.
    pub fn add(&self, bytes: &[u8], password: Option<&Secret>) -> Result<Description, StoreError> {
        self.add_selecting(bytes, password, &Selector::Only)
    }

    /// The same, where the file holds several certificates with keys.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn add_selecting(
        &self,
        bytes: &[u8],
        password: Option<&Secret>,
        wanted: &Selector,
    ) -> Result<Description, StoreError> {
        let selection = select::select(client_certificate::material(bytes, password)?, wanted)?;
        // A key that cannot sign is refused before it is stored.
        RsaSigner::from_rsa(&selection.key.key)?;
        let thumbprint = selection.leaf.thumbprint();
        self.make_folder()?;
        let known = self.scan()?.found.into_iter();
        if let Some(old) = known.into_iter().find(|f| f.certificate.certificate().thumbprint() == thumbprint) {
            return Err(StoreError::AlreadyThere { thumbprint, path: old.path });
        }
        self.write(thumbprint, &pem(&selection))?;
        let provider = Provider::classify(selection.key.provider, selection.key.key_usage);
        Ok(Description { provider, has_private_key: true, ..Description::bare(&selection.leaf, self.place()) })
    }

    fn write(&self, thumbprint: Thumbprint, text: &str) -> Result<(), StoreError> {
        let path = self.folder.join(format!("{thumbprint}.pem"));
        key_file::write_new(&path, text.as_bytes(), true).map_err(|error| match error {
            Error::File(key_file::KeyFileError::Exists { path }) => StoreError::AlreadyThere { thumbprint, path },
            Error::File(key_file::KeyFileError::Unwritable { path, source }) => StoreError::Unwritable { path, source },
            other => StoreError::Certificate(other),
        })
    }

    /// Takes a certificate and its key out of the store, for good.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Ambiguous`], and what is wrong with the folder.
    pub fn remove(&self, wanted: &Selector) -> Result<Description, StoreError> {
        let place = self.place();
        let mut removed = None;
        for found in self.scan()?.take(&place, wanted)? {
            // One that is open to others may well be removed.
            if let Some(foreign @ StoreError::ForeignOwner { .. }) = found.objection {
                return Err(foreign);
            }
            let path = found.path;
            fs::remove_file(&path).map_err(|source| StoreError::Unwritable { path, source })?;
            removed.get_or_insert_with(|| Description::of(&found.certificate, place.as_str()));
        }
        removed.ok_or_else(|| StoreError::not_found(wanted, place))
    }

    fn scan(&self) -> Result<Scan, StoreError> {
        files::scan(&self.folder, &["pem", "pfx", "p12"], FolderRule::Private)
    }

    fn make_folder(&self) -> Result<(), StoreError> {
        let unwritable = |source: io::Error| StoreError::Unwritable { path: self.folder.clone(), source };
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        builder.create(&self.folder).map_err(unwritable)?;
        let about = fs::metadata(&self.folder).map_err(unwritable)?;
        files::check_folder(&self.folder, &about, FolderRule::Private)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.folder
    }
}

#[async_trait::async_trait]
impl KeyStore for FolderStore {
    fn place(&self) -> String {
        format!("the own store `{}`", self.folder.display())
    }

    async fn find(&self, wanted: &Selector) -> Result<ClientCertificate, StoreError> {
        let place = self.place();
        let taken = self.scan()?.take(&place, wanted)?;
        files::ready(&place, taken).await
    }

    async fn list(&self) -> Result<Vec<Description>, StoreError> {
        Ok(self.scan()?.descriptions(&self.place()))
    }
}

/// Key and chain, in one text; the provider's name as OpenSSL writes it, so that it is not lost.
fn pem(selection: &Selection) -> Zeroizing<String> {
    let mut parts = Vec::new();
    if let Some(name) = selection.key.provider.as_deref().filter(|name| is_plain(name)) {
        parts.push(Zeroizing::new(format!("Bag Attributes\n    Microsoft CSP Name: {name}\n")));
    }
    parts.push(armoured("PRIVATE KEY", &pkcs8(&selection.key)));
    parts.extend(selection.chain.iter().map(|certificate: &Certificate| armoured("CERTIFICATE", certificate.der())));
    // One allocation of the right size, so that no copy is left behind by growing.
    let mut text = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
    for part in &parts {
        text.push_str(part);
    }
    text
}

/// The name is a stranger's text, and must not end its line or begin a block.
fn is_plain(name: &str) -> bool {
    name.len() <= 200 && name.chars().all(|c| c == ' ' || c.is_ascii_graphic()) && !name.contains("--")
}

fn armoured(label: &str, der: &[u8]) -> Zeroizing<String> {
    let base64 = Zeroizing::new(STANDARD.encode(der));
    let mut text = Zeroizing::new(String::with_capacity(base64.len() + base64.len() / 64 + 2 * label.len() + 40));
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    for (index, c) in base64.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            text.push('\n');
        }
        text.push(c);
    }
    text.push_str("\n-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// `PrivateKeyInfo` around the key, with the key usage that Windows gave it.
fn pkcs8(key: &KeyMaterial) -> Zeroizing<Vec<u8>> {
    let usage = key.key_usage.map(|usage| Zeroizing::new([KEY_USAGE_ATTRIBUTE, &[usage]].concat()));
    let usage: &[u8] = usage.as_ref().map_or(&[], |usage| usage.as_slice());
    element(SEQUENCE, &[VERSION_AND_RSA, &element(OCTET_STRING, &[&key.key.pkcs1]), usage])
}

fn element(tag: u8, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let mut out = Zeroizing::new(Vec::with_capacity(length + 10));
    out.push(tag);
    let digits = length.to_be_bytes();
    let digits = digits.iter().skip_while(|digit| **digit == 0);
    if length >= 0x80 {
        out.extend(u8::try_from(digits.clone().count()).map(|count| 0x80 | count));
    }
    out.extend(digits);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

const SEQUENCE: u8 = 0x30;
const OCTET_STRING: u8 = 0x04;

/// The INTEGER 0, then the algorithm `rsaEncryption` with NULL.
const VERSION_AND_RSA: &[u8] =
    &[0x02, 0x01, 0x00, 0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00];

/// `[0]` with the one attribute 2.5.29.15, up to the last octet of its BIT STRING.
const KEY_USAGE_ATTRIBUTE: &[u8] =
    &[0xA0, 0x0D, 0x30, 0x0B, 0x06, 0x03, 0x55, 0x1D, 0x0F, 0x31, 0x04, 0x03, 0x02, 0x00];
