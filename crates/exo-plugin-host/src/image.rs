//! A library's bytes where a loader can map them and nobody can change them.

use std::io::{self, Write as _};
use std::path::PathBuf;

/// Bytes that can be loaded: on Linux a sealed file in memory, elsewhere a file of our own.
#[derive(Debug)]
pub(crate) struct Image {
    #[cfg(target_os = "linux")]
    file: std::os::fd::OwnedFd,
    #[cfg(not(target_os = "linux"))]
    file: tempfile::TempPath,
}

#[cfg(target_os = "linux")]
impl Image {
    pub(crate) fn new(bytes: &[u8]) -> io::Result<Self> {
        use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
        let fd = memfd_create("exo-plugin", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        let mut file = std::fs::File::from(fd);
        file.write_all(bytes)?;
        fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)?;
        Ok(Self { file: file.into() })
    }

    /// A descriptor, for a child to inherit.
    pub(crate) fn open(&self) -> io::Result<std::os::fd::OwnedFd> {
        self.file.try_clone()
    }

    /// Where this process loads it from, for good. The path names the process, so that a debugger can open it too.
    ///
    /// The descriptor stays open for ever: the loader knows libraries by path, and a number that is used again would
    /// give the library that was loaded first.
    pub(crate) fn keep(&self) -> io::Result<PathBuf> {
        use std::os::fd::IntoRawFd as _;
        let kept = self.file.try_clone()?.into_raw_fd();
        Ok(PathBuf::from(format!("/proc/{}/fd/{kept}", std::process::id())))
    }
}

#[cfg(not(target_os = "linux"))]
impl Image {
    pub(crate) fn new(bytes: &[u8]) -> io::Result<Self> {
        let mut file = tempfile::Builder::new().prefix("exo-plugin-").tempfile()?;
        file.write_all(bytes)?;
        Ok(Self { file: file.into_temp_path() })
    }

    /// A descriptor, for a child to inherit: it asks for the path.
    #[cfg(unix)]
    pub(crate) fn open(&self) -> io::Result<std::os::fd::OwnedFd> {
        std::fs::File::open(&self.file).map(Into::into)
    }

    /// Where this process loads it from.
    #[expect(clippy::unnecessary_wraps, reason = "on Linux it can fail")]
    pub(crate) fn keep(&self) -> io::Result<PathBuf> {
        Ok(self.file.to_path_buf())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn an_image_holds_the_bytes_and_takes_no_others() {
        let image = Image::new(b"abc").unwrap();
        let mut again = std::fs::File::from(image.open().unwrap());
        assert!(again.write_all(b"x").is_err() && again.set_len(1).is_err());
        assert_eq!(std::fs::read(image.keep().unwrap()).unwrap(), b"abc");
    }
}
