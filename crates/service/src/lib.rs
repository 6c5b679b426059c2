//! What the servers share: configuration, TLS, quiet telemetry, problems, shutdown.
