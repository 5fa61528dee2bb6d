//! Stores, on folders made for the test, and on the system's own where there is one.

#[cfg(test)]
mod chain;
#[cfg(test)]
mod dotnet;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod folder;
#[cfg(test)]
#[cfg(windows)]
mod windows;
