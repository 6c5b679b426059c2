//! What a process has used so far, from `/proc`.

use std::fs;

use anyhow::{Context as _, Result};

/// CPU time and memory of a process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// User and system time in milliseconds, in steps of ten.
    pub cpu_ms: u64,
    /// Resident memory in KiB.
    pub rss_kib: u64,
    /// The most it ever was.
    pub peak_kib: u64,
}

/// Reads the usage of a process. Linux only.
pub fn usage(pid: u32) -> Result<Usage> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .with_context(|| format!("process {pid} is not there"))?;
    // The name in parentheses may hold anything; what follows it are numbers.
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .map_or("", |(_, rest)| rest)
        .split_whitespace()
        .collect();
    let ticks = |index: usize| fields.get(index).and_then(|f| f.parse::<u64>().ok());
    let ticks = ticks(11)
        .zip(ticks(12))
        .context("an unknown form of /proc")?;
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':')
            .trim()
            .split(' ')
            .next()?
            .parse()
            .ok()
    };
    Ok(Usage {
        // The kernel counts a hundred ticks a second on every platform that this runs on.
        cpu_ms: (ticks.0 + ticks.1) * 10,
        rss_kib: kib("VmRSS").unwrap_or(0),
        peak_kib: kib("VmHWM").unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let usage = usage(std::process::id()).unwrap();
        assert!(usage.rss_kib > 100 && usage.peak_kib >= usage.rss_kib);
        assert!(super::usage(u32::MAX).is_err());
    }
}
