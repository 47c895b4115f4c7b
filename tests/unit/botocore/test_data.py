"""botocore's data, loaded faster: the same values from the same files."""

from __future__ import annotations

import gzip
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import BotoCoreError, DataNotFoundError, UnknownServiceError
from botocore.loaders import Loader

from lightsail_ops import OperationsClient, RegionName
from lightsail_ops._botocore import data
from lightsail_ops._botocore.data import share_loader
from lightsail_ops._botocore.session import build_client, new_session
from lightsail_ops.errors import CredentialsError

PATHS = [
    "endpoints",
    "partitions",
    "_retry",
    "sdk-default-configuration",
    "lightsail/2016-11-28/service-2",
    "lightsail/2016-11-28/endpoint-rule-set-1",
    "lightsail/2016-11-28/paginators-1",
    "sts/2011-06-15/service-2",
]


@pytest.fixture(params=["orjson", "json"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Loader:
    """The loader of a session, in a process that has loaded nothing yet."""
    monkeypatch.setattr(data, "_loaders", {})
    if request.param == "json":
        monkeypatch.setattr(data, "loads", json.loads)
    return loader_of(new_session())


def loader_of(session: Any) -> Loader:
    loader: Loader = session.get_component("data_loader")
    return loader


def write_model(folder: Path, *, name: str = "lightsail", suffix: str = ".json") -> None:
    """Write a model of Lightsail that has one action."""
    model = {
        "version": "2.0",
        "metadata": {
            "apiVersion": "2030-01-01",
            "endpointPrefix": "lightsail",
            "jsonVersion": "1.1",
            "protocol": "json",
            "protocols": ["json"],
            "serviceFullName": "Mine",
            "serviceId": "Lightsail",
            "signatureVersion": "v4",
            "targetPrefix": "Lightsail_20161128",
            "uid": "mine",
        },
        "operations": {
            "GetOperations": {
                "name": "GetOperations",
                "http": {"method": "POST", "requestUri": "/"},
            }
        },
        "shapes": {},
    }
    ruleset = Loader().load_service_model("lightsail", "endpoint-rule-set-1")
    to = folder / name / "2030-01-01"
    to.mkdir(parents=True)
    for kind, value in (("service-2", model), ("endpoint-rule-set-1", ruleset)):
        content = json.dumps(value).encode()
        content = gzip.compress(content) if suffix.endswith("gz") else content
        (to / f"{kind}{suffix}").write_bytes(content)


class TestTheFiles:
    @pytest.mark.heavy
    @pytest.mark.parametrize("path", PATHS)
    def test_hold_what_botocore_reads(self, path: str, loader: Loader) -> None:
        mine, by_botocore = loader.load_data_with_path(path), Loader().load_data_with_path(path)
        assert mine == by_botocore
        # Members stay in their order, which decides the order of parameters and documents.
        assert json.dumps(mine[0]) == json.dumps(by_botocore[0])
        assert loader.is_builtin_path(mine[1])

    @pytest.mark.parametrize("kind", ["service-2", "endpoint-rule-set-1", "paginators-1"])
    def test_of_a_service_are_found_by_their_kind(self, kind: str, loader: Loader) -> None:
        expected = Loader().load_service_model("lightsail", kind)
        assert loader.load_service_model("lightsail", kind) == expected

    def test_that_are_not_there_are_missed_as_by_botocore(self, loader: Loader) -> None:
        with pytest.raises(DataNotFoundError, match="nothing"):
            loader.load_data("nothing")
        with pytest.raises(UnknownServiceError, match=r"'lightsale'.*lightsail") as caught:
            loader.load_service_model("lightsale", "service-2")
        with pytest.raises(UnknownServiceError) as expected:
            Loader().load_service_model("lightsale", "service-2")
        assert str(caught.value) == str(expected.value)

    def test_of_all_services_can_be_listed(self, loader: Loader) -> None:
        services = loader.list_available_services("service-2")
        assert list(services) == Loader().list_available_services("service-2")
        assert "lightsail" in services

    def test_that_orjson_refuses_are_read_by_json(self, tmp_path: Path, loader: Loader) -> None:
        (tmp_path / "odd.json").write_text('{"value": NaN}')
        value = loader.file_loader.load_file(str(tmp_path / "odd"))["value"]
        assert math.isnan(value)

    def test_of_the_user_come_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Loader, "CUSTOMER_DATA_PATH", str(tmp_path / "models"))
        write_model(tmp_path / "models", suffix=".json.gz")
        client = new_session().create_client("lightsail", "us-west-2")
        assert client.meta.service_model.metadata["serviceFullName"] == "Mine"

    @pytest.mark.parametrize("home", ["~/more", "$HOME/more"])
    def test_of_aws_data_path_come_first(
        self, home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("AWS_DATA_PATH", home)
        write_model(tmp_path / "more")
        client = build_client(None, "us-west-2", None, None)
        assert client.meta.service_model.metadata["serviceFullName"] == "Mine"

    def test_that_are_malformed_are_an_error_of_the_configuration(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "endpoints.json").write_text("{")
        monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
        with pytest.raises(CredentialsError) as caught:
            OperationsClient.from_session(region_name="us-west-2")
        assert str(caught.value) == (
            "This machine's AWS configuration is not usable (JSONDecodeError). "
            "Check the variables AWS_... and the files of the AWS CLI."
        )


class TestTheLoader:
    def test_is_one_for_all_sessions(self) -> None:
        assert loader_of(new_session()) is loader_of(new_session())

    def test_is_another_for_another_data_path(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = loader_of(new_session())
        monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
        other = loader_of(new_session())
        assert other is not before
        assert other.search_paths == [str(tmp_path), *before.search_paths]

    def test_leaves_the_sessions_of_others_alone(self) -> None:
        assert type(loader_of(botocore.session.Session())) is Loader

    def test_spares_a_second_client_the_files(self) -> None:
        program = """
            import sys
            sys.modules["orjson"] = None
            from lightsail_ops import OperationsClient
            OperationsClient.from_session(region_name="us-west-2")
            opened = []
            sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
            OperationsClient.from_session(region_name="eu-west-1")
            assert not [path for path in opened if ".json" in path], opened
        """
        lines = [line.strip() for line in program.splitlines()]
        subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True)


def endpoint(session: Any, region: str, config: Config) -> str:
    """Return where a client of a session sends its requests, or why it sends none."""
    sent: list[str] = []

    def respond(request: Any, **_: Any) -> AWSResponse:
        sent.append(request.url)
        raw: Any = type("Raw", (), {"stream": lambda self: [b"{}"]})()
        return AWSResponse(request.url, 200, HTTPHeaders(), raw)

    try:
        client = session.create_client("lightsail", region_name=region, config=config)
        client.meta.events.register("before-send.lightsail", respond)
        client.get_operations()
    except BotoCoreError as error:
        return str(error)
    return sent[0]


@pytest.mark.heavy
@pytest.mark.parametrize("dual_stack", [False, True])
@pytest.mark.parametrize("fips", [False, True])
def test_every_endpoint_is_botocores(fips: bool, dual_stack: bool) -> None:
    config = Config(use_fips_endpoint=fips, use_dualstack_endpoint=dual_stack)
    plain, mine = botocore.session.Session(), botocore.session.Session()
    share_loader(mine)
    partitions = plain.get_data("endpoints")["partitions"]
    regions = {region for partition in partitions for region in partition["regions"]}
    regions |= {*(set(RegionName) - {RegionName.GLOBAL}), "us-new-9", "fips-us-east-1", "moon"}
    found = {region: endpoint(mine, region, config) for region in regions}
    assert found == {region: endpoint(plain, region, config) for region in regions}
    assert len(set(found.values())) >= len(partitions)


def test_the_regions_with_lightsail_are_botocores() -> None:
    session: Any = new_session()
    plain = botocore.session.Session()
    assert session.get_available_partitions() == plain.get_available_partitions()
    for partition in plain.get_available_partitions():
        expected = plain.get_available_regions("lightsail", partition)
        assert session.get_available_regions("lightsail", partition) == expected
