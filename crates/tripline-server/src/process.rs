//! What the process takes of the machine, where the system tells.

/// What the process takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProcessUse {
    pub(crate) resident_bytes: u64,
    pub(crate) open_files: u64,
    /// How many files it may have open; `None` if there is no limit.
    pub(crate) max_open_files: Option<u64>,
}

impl ProcessUse {
    /// What it takes now; `None` on systems other than Linux.
    pub(crate) fn now() -> Option<Self> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let resident_kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let resident_kib: u64 = resident_kib.trim().strip_suffix("kB")?.trim().parse().ok()?;
        // The folder itself is open while it is read.
        let open_files = std::fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1);
        let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
        let limit = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
        Some(Self {
            resident_bytes: resident_kib * 1024,
            open_files: open_files as u64,
            max_open_files: limit.split_whitespace().next().and_then(|soft| soft.parse().ok()),
        })
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::ProcessUse;

    #[test]
    fn a_file_more_is_seen() {
        let before = ProcessUse::now().unwrap();
        assert!(before.resident_bytes > 100_000 && before.max_open_files > Some(before.open_files));
        let files: Vec<_> = (0..50).map(|_| std::fs::File::open("/proc/self/status")).collect();
        let now = ProcessUse::now().unwrap();
        assert!(now.open_files >= before.open_files + 40, "{before:?} {now:?} {}", files.len());
    }
}
