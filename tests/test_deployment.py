"""Files to deploy with: they parse, name settings that exist, and keep what they promise."""

import configparser
import importlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from clusters.access.doors import SECRET_HEADER
from clusters.settings import Settings
from clusters.ui import server

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
CONTAINER = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
DASK = yaml.safe_load((DEPLOY / "compose.dask.yaml").read_text(encoding="utf-8"))
PINNED = (ROOT / "requirements.txt").read_text(encoding="utf-8")


def _loaded(file: Path):
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PINS = _loaded(DEPLOY / "pins.py")
LICENCES = _loaded(ROOT / "docs" / "licences.py")
TEXTS = [*DEPLOY.iterdir(), ROOT / "SECURITY.md", *(ROOT / "docs").glob("*.md")]


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.name)
def test_settings_named_exist(file):
    known = {f"CLUSTERS_{name.upper()}" for name in Settings.model_fields} | {"CLUSTERS_DEBUG"}
    named = set(re.findall(r"CLUSTERS_[A-Z_]*[A-Z]", file.read_text(encoding="utf-8")))
    assert named <= known


def test_the_example_of_settings_is_accepted():
    lines = (DEPLOY / "clusters.env").read_text(encoding="utf-8").splitlines()
    given = dict(
        line.removeprefix("#").split("=", 1) for line in lines if re.match(r"#?CLUSTERS_", line)
    )
    filled = {
        name.removeprefix("CLUSTERS_").lower(): value or "x" * 40 for name, value in given.items()
    }
    filled["role_names"] = {"规划处": "analyst"}
    assert Settings(**filled).access == "gateway"


def _stages() -> list[str]:
    return re.split(r"^FROM ", CONTAINER, flags=re.MULTILINE)[1:]


def test_the_image_is_built_from_pins_and_runs_without_rights():
    build, run = _stages()
    assert re.search(r"^ARG PYTHON=python:3\.\d+-\S+$", CONTAINER, flags=re.MULTILINE)
    installs = re.findall(r"pip install (.+)", build)
    assert len(installs) == 3
    assert all("--require-hashes" in one or "--no-deps" in one for one in installs)
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", run, flags=re.MULTILINE)
    assert not re.search(r"^(RUN|ADD) .*(pip|apt|curl|http)", run, flags=re.MULTILINE)
    assert f"8501{server.HEALTH}" in run.split("HEALTHCHECK")[1].split("\n\n")[0]
    assert 'ENTRYPOINT ["clusters"]' in run


def test_everything_the_image_copies_is_there_and_nothing_shipped_is_forgotten():
    copied = {
        part
        for line in re.findall(r"^COPY (?!--from)(.+)$", CONTAINER, flags=re.MULTILINE)
        for part in line.split()[:-1]
    }
    assert [one for one in copied if not (ROOT / one).exists()] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {*wheel["force-include"], "src", "pyproject.toml", "README.md"} <= copied


def test_no_file_names_a_host_of_packages():
    for file in DEPLOY.iterdir():
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"index-url|pypi|docker\.io|ghcr|quay\.", text), file


def test_only_the_gateway_can_be_reached_and_the_app_reaches_nobody():
    services, networks = COMPOSE["services"], COMPOSE["networks"]
    assert {name for name, one in services.items() if "ports" in one} == {"gateway"}
    inner = [name for name, one in networks.items() if (one or {}).get("internal")]
    for name in ("app", "database"):
        assert services[name]["networks"] == inner
    app = services["app"]
    assert app["read_only"] is True
    assert app["cap_drop"] == ["ALL"]
    assert app["environment"]["CLUSTERS_ACCESS"] in {"gateway", "oidc"}
    assert (DEPLOY / app["build"]["context"] / app["build"]["dockerfile"]).resolve().exists()
    for one in services.values():
        assert "build" in one or re.fullmatch(r"[a-z]+:\d\S+", one["image"])


def test_the_cluster_is_closed_and_sees_the_same_folders_everywhere():
    services = DASK["services"]
    assert set(services) == {"scheduler", "worker", "run"}
    assert all(one["internal"] for one in DASK["networks"].values())
    for one in services.values():
        assert "ports" not in one
        assert one["networks"] == list(DASK["networks"])
        assert (one["read_only"], one["cap_drop"]) == (True, ["ALL"])
        assert one["volumes"] == services["run"]["volumes"]
        assert one["image"] == services["run"]["image"]
        assert one["environment"] == services["run"]["environment"]


@pytest.mark.parametrize("name", ["scheduler", "worker"])
def test_dask_takes_the_options_of_the_cluster(name):
    service = DASK["services"][name]
    program, *rest = [*service["entrypoint"], *service["command"]]
    assert (program, rest[0]) == ("dask", name)
    command = importlib.import_module(f"distributed.cli.dask_{name}").main
    parsed = command.make_context(name, rest[1:], resilient_parsing=False)
    if name == "worker":
        assert parsed.params["scheduler"] == "tcp://scheduler:8786"
        assert (parsed.params["n_workers"], parsed.params["nthreads"]) == ("1", 1)
    else:
        assert parsed.params["port"] in {8786, "8786"}


def test_no_secret_is_written_into_a_file():
    for one in COMPOSE["services"].values():
        for name, value in one.get("environment", {}).items():
            if re.search("SECRET|PASSWORD", name):
                assert str(value).startswith("${"), name
    text = (DEPLOY / "clusters.env").read_text(encoding="utf-8")
    assert re.findall(r"^#?\w*(?:SECRET|PASSWORD)\w*=\S+", text, flags=re.MULTILINE) == []


def _unit() -> configparser.ConfigParser:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(DEPLOY / "clusters.service", encoding="utf-8")
    return unit


def test_the_unit_gives_up_every_right_it_can():
    service = _unit()["Service"]
    assert service["DynamicUser"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert "clusters app" in service["ExecStart"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_accepts_the_unit_and_finds_it_closed(tmp_path):
    text = (DEPLOY / "clusters.service").read_text(encoding="utf-8")
    unit = tmp_path / "clusters.service"
    unit.write_text(re.sub(r"ExecStart=\S+", f"ExecStart={sys.executable}", text), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    told = [line for line in done.stderr.splitlines() if "clusters.service" in line]
    assert told == []
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd cannot judge a file")
    assert done.returncode == 0, done.stdout[-2000:]


def _locations() -> dict[str, str]:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    bare = "\n".join(line.split("#")[0] for line in text.splitlines())
    assert bare.count("{") == bare.count("}")
    return dict(re.findall(r"location (?:= )?(\S+) \{(.*?)\n    \}", bare, flags=re.DOTALL))


def test_the_gateway_replaces_what_clients_say_of_themselves():
    settings = Settings()
    for place in ("/", "/api/"):
        sent = dict(re.findall(r"proxy_set_header\s+(\S+)\s+([^;]+);", _locations()[place]))
        assert sent[settings.gateway_user_header] == "$remote_user"
        assert sent[settings.gateway_role_header] == "$clusters_role"
        assert sent["Authorization"] == '""'
        assert "include /etc/nginx/clusters/secret.conf;" in _locations()[place]
    assert SECRET_HEADER in (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert {"Upgrade", "Connection"} <= set(
        re.findall(r"proxy_set_header\s+(\S+)", _locations()["/"])
    )


def test_the_gateway_takes_the_uploads_the_app_takes_and_hides_health():
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert f"client_max_body_size {Settings.model_fields['max_upload_mb'].default}m;" in text
    assert "deny  all;" in _locations()[server.HEALTH]


def test_pins_of_the_image_are_whole_and_hold_no_tools():
    kept = PINS.needed(PINNED)
    assert not {"pytest", "mypy", "ruff", "schemathesis", "playwright"} & set(kept)
    assert all("--hash=sha256:" in block for block in kept.values())
    names = {canonicalize_name(name) for name in kept}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {canonicalize_name(Requirement(one).name) for one in project["dependencies"]}
    assert asked <= names
    for name in names:  # what a kept package needs on this system is kept too
        try:
            needs = distribution(name).requires or []
        except PackageNotFoundError:
            continue
        for text in needs:
            need = Requirement(text)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                assert canonicalize_name(need.name) in names, f"{name} needs {need.name}"


def test_tools_for_building_are_found_by_name():
    assert {"hatchling", "packaging", "pathspec"} <= set(
        PINS.needed(PINNED, ("hatchling",), project=False)
    )


def test_licences_are_listed_for_all_that_is_installed():
    written = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    if sys.platform == "linux" and sys.version_info[:2] == (3, 11):  # others need other packages
        assert written == LICENCES.page(), "docs/licences.md is old: run `make docs`"
    listed = dict(re.findall(r"^\| (\S+) \| \S+ \| (.*?) \|", written, flags=re.MULTILINE))
    assert {canonicalize_name(one.name) for one in LICENCES.direct()} <= set(listed)
    assert [name for name, licence in listed.items() if not licence.strip()] == []
    strict = re.compile(r"(?<!L)A?GPL")  # what may not be linked with an Apache-2.0 platform
    assert [name for name, licence in listed.items() if strict.search(licence)] == []


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/deployment.md", "docs/ledger.md"])
def test_links_lead_somewhere_and_commands_exist(page):
    file = ROOT / page
    text = file.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    assert [one for one in links if not (file.parent / one).exists()] == []
    known = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^)clusters ([a-z]+)", text, flags=re.MULTILINE))
    assert [name for name in named if f"## clusters {name}\n" not in known] == []
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z]+)", text):
        assert f"\n{target}:" in makefile
