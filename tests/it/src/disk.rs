//! Small disks of our own: an ext4 image on a loop device, which can be filled, and whose power
//! can be cut.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::process::has_program;

/// What every image's folder is called, before the id of the process that made it.
const PREFIX: &str = "candor-it-disk-";
const CUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../powercut/shutdown.pl");

/// A mounted ext4 image. Unmounted and taken off its loop device when dropped.
#[derive(Debug)]
pub struct Disk {
    folder: TempDir,
    device: String,
    mounted: bool,
}

impl Disk {
    /// Makes, attaches and mounts an image of `mib` MiB; nothing where that cannot be done, which
    /// is said on standard output.
    ///
    /// # Panics
    /// If it cannot be done although `CANDOR_REQUIRE_TOOLS=1` and this is root.
    #[must_use]
    pub fn new(mib: u64) -> Option<Self> {
        sweep();
        match Self::try_new(mib) {
            Ok(disk) => Some(disk),
            Err(reason) => {
                println!("NOT TESTED: no file system of our own can be mounted here: {reason}");
                let required = std::env::var_os("CANDOR_REQUIRE_TOOLS").is_some_and(|v| v == "1");
                assert!(
                    !(required && rustix::process::geteuid().is_root()),
                    "CANDOR_REQUIRE_TOOLS=1, and {reason}"
                );
                None
            }
        }
    }

    fn try_new(mib: u64) -> Result<Self, String> {
        if !rustix::process::geteuid().is_root() {
            return Err("this is not root".to_owned());
        }
        for program in ["mkfs.ext4", "losetup", "mount", "umount", "perl"] {
            if !has_program(program) {
                return Err(format!("{program} is not installed"));
            }
        }
        let folder = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{}-", std::process::id()))
            .tempdir()
            .map_err(|error| error.to_string())?;
        let image = folder.path().join("image");
        let file = fs::File::create(&image).map_err(|error| error.to_string())?;
        file.set_len(mib << 20).map_err(|error| error.to_string())?;
        fs::create_dir(folder.path().join("mount")).map_err(|error| error.to_string())?;
        tool("mkfs.ext4", &["-q", "-F", "-m", "0", text(&image)])?;
        let device = tool("losetup", &["--find", "--show", text(&image)])?;
        let mut disk = Self {
            folder,
            device: device.trim().to_owned(),
            mounted: false,
        };
        disk.try_mount()?;
        Ok(disk)
    }

    fn try_mount(&mut self) -> Result<(), String> {
        tool("mount", &["-t", "ext4", &self.device, text(&self.path())])?;
        self.mounted = true;
        Ok(())
    }

    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("mount")
    }

    /// Cuts the power: the file system takes and writes nothing more, not even its own journal.
    /// Only unmounting helps after this.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn cut_power(&self) {
        tool("perl", &[CUT, text(&self.path())]).unwrap();
    }

    /// Unmounts; whatever held files open must have ended.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn unmount(&mut self) {
        tool("umount", &[text(&self.path())]).unwrap();
        self.mounted = false;
    }

    /// Mounts again, whereby ext4 replays its journal. Says in which state it was.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn mount(&mut self) -> String {
        let head = tool("dumpe2fs", &["-h", &self.device]).unwrap_or_default();
        let field = |name| {
            let line = head.lines().find_map(|line| line.strip_prefix(name));
            line.map_or("unknown", str::trim)
        };
        let recovery = if field("Filesystem features:").contains("needs_recovery") {
            "journal to be replayed"
        } else {
            "journal empty"
        };
        let state = format!("{}, {recovery}", field("Filesystem state:"));
        self.try_mount().unwrap();
        state
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted && tool("umount", &[text(&self.path())]).is_err() {
            let _ = tool("umount", &["-l", text(&self.path())]);
        }
        let _ = tool("losetup", &["-d", &self.device]);
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}

fn tool(name: &str, arguments: &[&str]) -> Result<String, String> {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/sbin:/sbin");
    let output = Command::new(name)
        .args(arguments)
        .env("PATH", path)
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("{name} {}: {}", arguments.join(" "), said.trim()))
    }
}

/// Takes down what test processes that no longer run have left mounted and attached.
fn sweep() {
    let Ok(list) = tool(
        "losetup",
        &["--list", "--noheadings", "-O", "NAME,BACK-FILE"],
    ) else {
        return;
    };
    for line in list.lines() {
        let mut columns = line.split_whitespace();
        let (Some(device), Some(image)) = (columns.next(), columns.next()) else {
            continue;
        };
        let maker = image
            .split_once(PREFIX)
            .and_then(|(_, rest)| rest.split('-').next()?.parse::<u32>().ok());
        if maker.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            let mount = Path::new(image).with_file_name("mount");
            let _ = tool("umount", &["-l", text(&mount)]);
            let _ = tool("losetup", &["-d", device]);
            if let Some(folder) = Path::new(image).parent() {
                let _ = fs::remove_dir_all(folder);
            }
        }
    }
}
