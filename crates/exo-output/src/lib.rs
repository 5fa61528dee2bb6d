//! Sinks for rows and findings: table, JSON, NDJSON, CSV.
