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
HASTY_IN_RUST = {"Client::from_env()?": """Client::new(
        oxhost::Client::builder(std::env::var("OXHOST_API_KEY")?)
            .base_url(std::env::var("OXHOST_BASE_URL")?)
            .timeout(std::time::Duration::from_secs(1))
            .build()?,
    )?"""}


@dataclass(frozen=True)
class Language:
    """An entry of `samples/languages.json`, which `crates/docs` reads, too."""

    lang: str
    label: str
    suffix: str
    # Debian's packages.
    packages: list
    # What the file must pass before it is run; the path is put behind it. `fault` is a line that must not pass.
    checks: list = field(default_factory=list)
    fault: str = ""
    # What makes the program of the file, where it is not run as it is, and what runs it.
    builds: list = field(default_factory=list)
    runs: list = field(default_factory=list)
    # What makes each timeout of the sample one second.
    hasty: dict = field(default_factory=dict)

    def check(self, path):
        for check in self.checks:
            command(*check, path)


FOLDER = Path(__file__).parents[2] / "samples"
LANGUAGES = {line["lang"]: Language(**line) for line in json.loads((FOLDER / "languages.json").read_text())}


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
        return self.with_(HASTY_IN_RUST if self.language == "Rust" else LANGUAGES[self.language].hasty)


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
    need(shutil.which(words[0]), f"{words[0]} is not installed: .ci/install does it")
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
        language.check(path)
        if sample.language == "Rust":
            return [self.rust(name, sample)]
        places = {"file": path, "program": path.with_suffix("")}
        if language.builds:
            command(*(word.format(**places) for word in language.builds))
        return [word.format(**places) for word in language.runs]

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
    match sys.argv[1:]:
        case ["packages"]:
            print(*(package for language in LANGUAGES.values() for package in language.packages))
        case ["faults"]:
            for language in LANGUAGES.values():
                if language.checks:
                    print(language.suffix, language.fault)
        case ["check", *paths]:
            for path in paths:
                next(it for it in LANGUAGES.values() if path.endswith(f".{it.suffix}")).check(path)
