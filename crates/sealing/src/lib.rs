//! Claim code, derivation, payloads, age hybrid recipients, sealing and opening.
