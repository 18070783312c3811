"""Starts what another program would start, with the environment that it would give, and ends as that ends.

python start.py crontab FILE | unit FILE INSTANCE | job FILE, and NAME=VALUE... for the environment besides.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml


def crontab(file):
    """What cron gives a command, crontab(5): little, and its settings."""
    env = {"HOME": os.environ["HOME"], "LOGNAME": "root", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    commands = []
    for line in Path(file).read_text().splitlines():
        setting = re.fullmatch(r"\s*(\w+)\s*=\s*(.*)", line)
        if setting:
            env[setting[1]] = setting[2]
        elif line.strip():
            commands.append(line.split(None, 5)[5])
    (command,) = commands
    # From a % on it would be the command's input.
    assert "%" not in command, command
    return [env["SHELL"], "-c", command], env


def unit(file, instance, credentials):
    """What systemd gives a service, systemd.exec(5)."""
    settings = []
    for line in Path(file).read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            settings.append(line.split("=", 1))

    def value(text):
        given = {"%": "%", "i": instance, "d": credentials}
        return re.sub("%(.)", lambda found: given[found[1]], text)

    env = {"CREDENTIALS_DIRECTORY": credentials}
    command = None
    for name, text in settings:
        if name == "Environment":
            env.update(pair.split("=", 1) for pair in shlex.split(value(text)))
        elif name == "LoadCredential":
            credential, path = value(text).split(":", 1)
            copy = Path(credentials, credential)
            copy.write_bytes(Path(path).read_bytes())
            copy.chmod(0o400)
        elif name == "ExecStart":
            assert command is None and "$" not in text, text
            command = shlex.split(value(text))
    return command, env


def job(file):
    """What a pod of a Job gives its container; of secrets, what the command line gives."""
    container = yaml.safe_load(Path(file).read_text())["spec"]["template"]["spec"]["containers"][0]
    env = {"PATH": os.environ["PATH"]}
    for variable in container["env"]:
        if "value" in variable:
            env[variable["name"]] = variable["value"]
        else:
            secret = variable["valueFrom"]["secretKeyRef"]
            assert secret["name"] and secret["key"], variable
    return container["command"] + container["args"], env


kind, file, *rest = sys.argv[1:]
given = dict(pair.split("=", 1) for pair in rest if "=" in pair)
with tempfile.TemporaryDirectory() as folder:
    match kind:
        case "crontab":
            command, env = crontab(file)
        case "unit":
            command, env = unit(file, rest[0], folder)
        case "job":
            command, env = job(file)
    sys.exit(subprocess.run(command, env=env | given, check=False).returncode)
