"""The code samples of the contract, as programs that can be run."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

from byte_server import HOST

ORDERS = {"renewPleskSubscription": "https://0xhost.com", "extendServerHours": "https://0xhost.net"}
# Nothing is fetched while a program is built.
OFFLINE = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local"}
# The library has its timeouts inside.
LIBRARY_OF_ONE_SECOND = """Client::new(
        oxhost::Client::builder(std::env::var("OXHOST_API_KEY")?)
            .base_url(std::env::var("OXHOST_BASE_URL")?)
            .timeout(std::time::Duration::from_secs(1))
            .build()?,
    )?"""


@dataclass(frozen=True)
class Language:
    suffix: str
    # What makes each timeout of the sample one second.
    hasty: dict
    # What the file must pass before it is run; the path is put behind it.
    checks: list
    # What runs the program.
    runs: list = field(default_factory=list)
    # What makes the program of the file, where it is not run as it is; the path is put behind it.
    builds: list = field(default_factory=list)
    # Debian's packages.
    packages: list = field(default_factory=list)


LANGUAGES = {
    "Shell": Language("sh", {"--max-time 120 ": "--max-time 1 ", "--connect-timeout 10 ": "--connect-timeout 1 "},
                      [["sh", "-n"]], ["sh"], packages=["curl", "jq"]),
    "JavaScript": Language("mjs", {"limit.abort(), 120_000": "limit.abort(), 3_000"},
                           [["node", "--check"]], ["node"], packages=["nodejs"]),
    "Python": Language("py", {"timeout=(10, 120)": "timeout=(1, 1)"},
                       [[sys.executable, "-W", "error", "-m", "py_compile"]], [sys.executable]),
    "PHP": Language("php", {"_TIMEOUT => 120,": "_TIMEOUT => 1,", "CONNECTTIMEOUT => 10,": "CONNECTTIMEOUT => 1,"},
                    [["php", "-l"]], ["php"], packages=["php-cli", "php-curl"]),
    "Go": Language("go", {"120 * time.Second": "1 * time.Second", "10 * time.Second": "1 * time.Second"},
                   [["gofmt", "-l"], ["go", "vet"]], builds=["go", "build", "-o"], packages=["golang-go"]),
    "Rust": Language("rs", {"Client::from_env()?": LIBRARY_OF_ONE_SECOND}, []),
}


class Wrong(Exception):
    """A check fails."""


def need(holds, what):
    if not holds:
        raise Wrong(what)


@dataclass(frozen=True)
class Sample:
    language: str
    operation: str
    text: str
    # The documented reply to the order, and the states of an order that was not carried out.
    reply: dict = field(repr=False)
    failed: dict = field(repr=False)

    def with_(self, changes):
        """The same with texts replaced, each of which must be there exactly once."""
        text = self.text
        for old, new in changes.items():
            need(text.count(old) == 1, f"{self.language}, {self.operation}: {text.count(old)} times in it: {old}")
            text = text.replace(old, new)
        return replace(self, text=text)

    def hasty(self):
        return self.with_(LANGUAGES[self.language].hasty)


def samples(document):
    """All that must be there, or Wrong."""
    found = {}
    for item in document["paths"].values():
        for operation in item.values():
            for sample in operation.get("x-codeSamples", []):
                need(set(sample) == {"lang", "label", "source"}, f"not a sample: {sample}")
                key = sample["lang"], operation["operationId"]
                need(key not in found, f"two samples: {key}")
                reply = operation["responses"]["200"]["content"]["application/json"]["example"]
                found[key] = Sample(*key, sample["source"], reply, document["x-oxhost-failed-order"])
    wanted = {(language, operation) for operation in ORDERS for language in LANGUAGES}
    need(set(found) == wanted, f"samples missing or too many: {sorted(set(found) ^ wanted)}")
    return list(found.values())


def command(*words, **how):
    how = {"env": os.environ | OFFLINE} | how
    run = subprocess.run(words, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, **how)
    need(run.returncode == 0, f"{' '.join(map(str, words))}: {run.stdout}{run.stderr}")
    return run.stdout


class Programs:
    """Builds samples in a folder. They speak to this machine in place of the provider."""

    def __init__(self, folder, checkout):
        self.folder, self.checkout, self.built = folder, checkout, {}

    def build(self, name, sample, port):
        """The command that runs it. A second sample of the same name takes the place of the first."""
        language = LANGUAGES[sample.language]
        url = f"http://{HOST}:{port}"
        if sample.language != "Rust":  # There, the host stands in the library.
            sample = sample.with_({ORDERS[sample.operation]: url})
            need("0xhost." not in sample.text, f"{name}: a host is left")
        path = self.folder / f"{name}.{language.suffix}"
        path.write_text(sample.text)
        for check in language.checks:
            said = command(*check, path)
            need(check[0] != "gofmt" or not said, f"{name}: not as gofmt writes it")
        if sample.language == "Rust":
            return [self.rust(name, sample)]
        if language.builds:
            program = path.with_suffix("")
            command(*language.builds, program, path)
            return [*language.runs, program]
        return [*language.runs, path]

    def rust(self, name, sample):
        """Each is a program of one package, which has the library as its one dependency."""
        package = self.folder / "rust"
        if not package.exists():
            (package / "src/bin").mkdir(parents=True)
            (package / "Cargo.toml").write_text(
                '[package]\nname = "samples"\nversion = "0.0.0"\nedition = "2024"\npublish = false\n\n[workspace]\n\n'
                f'[dependencies]\noxhost = {{ path = {json.dumps(str(self.checkout))}, features = ["blocking"] }}\n')
            shutil.copy(self.checkout / "Cargo.lock", package)
        (package / f"src/bin/{name}.rs").write_text(sample.text)
        target = Path(os.environ.get("CARGO_TARGET_DIR") or self.checkout / "target").absolute()
        # Built as the workspace builds its dependencies, so that they are there.
        environment = os.environ | {
            "CARGO_TARGET_DIR": str(target), "CARGO_PROFILE_DEV_DEBUG": "0", "RUST_BACKTRACE": "0"}
        command("cargo", "build", "--quiet", "--offline", "--bin", name, cwd=package, env=environment)
        built = self.folder / name
        shutil.copy(target / "debug" / name, built)
        (target / "debug" / name).unlink()
        return built


if __name__ == "__main__":
    print(*(package for language in LANGUAGES.values() for package in language.packages))
