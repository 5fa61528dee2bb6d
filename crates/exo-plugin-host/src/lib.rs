//! Runs report plugins: trust, carriers and limits.
