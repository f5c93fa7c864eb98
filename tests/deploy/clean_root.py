"""A Dockerfile's steps in a clean root, where no daemon builds images: each stage is a folder, RUN and CMD are run
in it by chroot in a mount namespace of their own. Of this machine it sees the system's programs and libraries
(read-only), its network, and its Python in the place of the base image's.

Instructions that deploy/Dockerfile has are understood, no others. Needs root.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

BORROWED = ("usr", "bin", "sbin", "lib", "lib64", "opt", "dev", "proc", "sys")
OUTSIDE = re.compile("^(PIP_|SSL_|.*_CA_|.*CERT|.*proxy|.*PROXY)")
"""What a build hears of its machine: where packages are, and whom to trust."""


@dataclass
class Stage:
    """An image in the making."""

    root: Path
    env: dict = field(
        default_factory=lambda: {"PATH": f"{sys.base_prefix}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
    )
    workdir: str = "/"
    user: str = "0:0"
    entrypoint: list = field(default_factory=list)
    command: list = field(default_factory=list)
    health: list = field(default_factory=list)

    def run(self, words, *, read_only=False, outside=False, timeout=900):
        """A program in it; ``read_only``: as a container runs, its root not writable, /data and /tmp its own."""
        root = shlex.quote(str(self.root))
        mounts = [f"mount --bind {root} {root}"]
        for name in BORROWED:
            if Path("/", name).is_dir():
                mounts.append(f"mkdir -p {root}/{name} && mount --rbind /{name} {root}/{name}")
        base = shlex.quote(sys.base_prefix)
        mounts.append(f"mkdir -p {root}{base} && mount --bind {base} {root}{base}")
        if read_only:
            mounts += [f"mount -o remount,bind,ro {root}"]
            mounts += [
                f"mount -t tmpfs -o mode=0700,uid=10001,gid=10001 tmpfs {root}/data",
                f"mount -t tmpfs -o mode=1777 tmpfs {root}/tmp",
            ]
        heard = {name: value for name, value in os.environ.items() if OUTSIDE.match(name)} if outside else {}
        env = [f"{name}={value}" for name, value in {**heard, **self.env}.items() if value]
        inner = f"cd {shlex.quote(self.workdir)} && exec {shlex.join(words)}"
        last = (
            f"exec chroot --userspec={self.user} --groups= {root} env -i {shlex.join(env)} sh -c {shlex.quote(inner)}"
        )
        script = " && ".join([*mounts, last])
        done = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return done

    def copy(self, path):
        """A stage that goes on from this one. Files are linked: nothing in a build writes into one that is there."""
        subprocess.run(["cp", "-al", f"{self.root}/.", str(path)], check=True)
        return Stage(
            path, dict(self.env), self.workdir, self.user, list(self.entrypoint), list(self.command), list(self.health)
        )


def build(dockerfile, context, folder):
    """Every stage by its name. Raises AssertionError with what a step said where it fails."""
    stages, arguments, stage, name = {}, {}, None, ""
    for line in instructions(dockerfile.read_text()):
        verb, rest = line.split(None, 1)
        if verb == "FROM":
            before, _, name = rest.partition(" AS ")
            path = folder / name
            path.mkdir(parents=True)
            if before in stages:
                stage = stages[before].copy(path)
            else:
                assert filled(before, arguments).startswith("python:3.11-"), before
                shutil.copytree("/etc", path / "etc", symlinks=True, ignore_dangling_symlinks=True)
                (path / "tmp").mkdir(mode=0o1777)
                stage = Stage(path)
            stages[name] = stage
        elif verb == "ARG":
            key, _, value = rest.partition("=")
            arguments[key] = value
        elif verb == "ENV":
            for pair in shlex.split(rest):
                key, _, value = pair.partition("=")
                stage.env[key] = filled(value, {**arguments, **stage.env})
        elif verb == "WORKDIR":
            stage.workdir = rest
            (stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif verb == "USER":
            stage.user = rest
        elif verb == "COPY":
            copied(rest, stage, stages, context, dockerfile)
        elif verb == "RUN":
            done = stage.run(["sh", "-c", rest], outside=True)
            assert done.returncode == 0, f"{name}: {rest}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        elif verb in ("ENTRYPOINT", "CMD"):
            setattr(stage, {"ENTRYPOINT": "entrypoint", "CMD": "command"}[verb], json.loads(rest))
        elif verb == "HEALTHCHECK":
            said = rest.partition(" CMD ")[2]
            stage.health = json.loads(said) if said.startswith("[") else ["sh", "-c", said]
        else:
            assert verb == "EXPOSE", f"{verb} is not understood"
    return stages


def instructions(text):
    """One per line, comments and continuations gone."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [line.strip() for line in "\n".join(lines).replace("\\\n", " ").splitlines()]


def filled(value, known):
    return re.sub(r"\$\{?(\w+)\}?", lambda found: known.get(found[1], ""), value)


def copied(rest, stage, stages, context, dockerfile):
    *sources, target = rest.split()
    if sources[0].startswith("--from="):
        origin = stages[sources.pop(0).removeprefix("--from=")].root
        for source in sources:
            subprocess.run(
                ["cp", "-al", str(origin / source.lstrip("/")), str(stage.root / target.lstrip("/"))], check=True
            )
        return
    place = stage.root / (target if target.startswith("/") else f"{stage.workdir}/{target}").lstrip("/")
    left_out = ignored(dockerfile.with_name(dockerfile.name + ".dockerignore").read_text(), context)
    for source in sources:
        if (context / source).is_dir():
            shutil.copytree(context / source, place, ignore=left_out, dirs_exist_ok=True)
        else:
            assert not left_out(str(context), [source]), f"{source} is left out by the .dockerignore"
            shutil.copy2(context / source, place)


def ignored(text, context):
    """What a .dockerignore leaves out, as ``shutil.copytree`` asks for it: the last line that fits counts."""
    rules = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]

    def left_out(folder, names):
        gone = set()
        for name in names:
            path = Path(folder, name).relative_to(context).as_posix()
            out = False
            for rule in rules:
                pattern, kept = rule.removeprefix("!"), rule.startswith("!")
                ways = [pattern, f"{pattern}/*"] + (
                    [pattern[3:], f"*/{pattern[3:]}"] if pattern.startswith("**/") else []
                )
                if any(fnmatch(path, way) for way in ways):
                    out = not kept
            if out:
                gone.add(name)
        return gone

    return left_out
