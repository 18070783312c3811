//! A copy of this repository to edit and build, as a user would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

/// What the library is built from; with the crates, because they are one workspace.
const PARTS: [&str; 8] =
    ["Cargo.toml", "Cargo.lock", "README.md", "build.rs", "build", "openapi.yaml", "src", "crates"];

/// One at a time: they share a place, so that what was built for one is there for the next.
static PLACE: Mutex<()> = Mutex::new(());

pub struct Checkout {
    pub dir: PathBuf,
    _turn: MutexGuard<'static, ()>,
}

impl Checkout {
    pub fn new() -> Self {
        let turn = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("checkout");
        fs::create_dir_all(&dir).unwrap();
        for part in PARTS {
            copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(part), &dir.join(part));
        }
        Self { dir, _turn: turn }
    }

    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.dir.join(file)).unwrap()
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.dir.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces a text that must be there.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "{file} does not hold `{from}`");
        self.write(file, &text.replace(from, to));
    }

    /// Runs cargo here, with a target directory of its own: cargo cannot tell two copies of one
    /// workspace apart in a shared one.
    pub fn cargo(&self, command: &str, args: &[&str]) -> Output {
        Command::new(env!("CARGO"))
            .args([command, "--offline", "--quiet", "--color=never"])
            // Built again after each edit, and not run long enough to gain by it.
            .args(["--config", "profile.dev.package.oxhost.opt-level = 0"])
            .args(args)
            .current_dir(&self.dir)
            .env("CARGO_TARGET_DIR", self.dir.join("target"))
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("RUST_BACKTRACE", "0")
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap()
    }

    /// The build script of a build with these arguments, which must succeed.
    pub fn build_script(&self, args: &[&str]) -> PathBuf {
        let built = self.cargo("build", &[args, &["--message-format=json"]].concat());
        assert!(built.status.success(), "{}", words(&built));
        let messages = String::from_utf8(built.stdout).unwrap();
        let messages = messages.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let ours = |message: &Value| {
            message["target"]["kind"] == json!(["custom-build"])
                && message["manifest_path"] == json!(self.dir.join("Cargo.toml"))
        };
        let script =
            messages.filter(ours).find_map(|it| it["filenames"][0].as_str().map(str::to_owned));
        script.unwrap().into()
    }

    /// Runs a build script as cargo does. Gives what it says.
    pub fn run(&self, build_script: &Path) -> Output {
        let out = self.dir.join("target/out");
        fs::create_dir_all(&out).unwrap();
        let mut command = Command::new(build_script);
        command.env("CARGO_MANIFEST_DIR", &self.dir).env("OUT_DIR", out);
        command.env("RUST_BACKTRACE", "0").output().unwrap()
    }
}

pub fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Makes one the same as the other. What is the same is left alone, so that it is not built again.
fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(to).unwrap().map(Result::unwrap) {
            match (from.join(entry.file_name()).exists(), entry.path()) {
                (true, _) => {}
                (false, path) if path.is_dir() => fs::remove_dir_all(path).unwrap(),
                (false, path) => fs::remove_file(path).unwrap(),
            }
        }
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else if fs::read(from).ok() != fs::read(to).ok() {
        fs::copy(from, to).unwrap();
    }
}
