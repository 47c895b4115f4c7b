"""A file of resources for the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lightsail_ops.testing import mock_lightsail
from lightsail_ops.testing._state import KINDS, StateError, fill

READS = {
    "alarm": "alarms",
    "bucket": "buckets",
    "certificate": "certificates",
    "contactMethod": "contact_methods",
    "containerService": "container_services",
    "disk": "disks",
    "diskSnapshot": "disk_snapshots",
    "distribution": "distributions",
    "domain": "domains",
    "exportSnapshotRecord": "export_snapshot_records",
    "instance": "instances",
    "instanceSnapshot": "instance_snapshots",
    "keyPair": "key_pairs",
    "loadBalancer": "load_balancers",
    "relationalDatabase": "relational_databases",
    "relationalDatabaseSnapshot": "relational_database_snapshots",
    "staticIp": "static_ips",
}


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Return what fills the account of a test from a file."""
    with mock_lightsail():

        def load(content: str) -> None:
            file = tmp_path / "state.toml"
            file.write_text(content, "utf-8")
            fill(file, "us-west-2")

        yield load


EAST = {"distribution", "domain"}  # what us-east-1 alone serves


class TestAFile:
    def test_creates_what_it_says_in_the_regions_that_it_names(
        self, load: Callable[[str], None], connect: Callable[[str], Any]
    ) -> None:
        load("""
            [[instance]]
            name = "web"
            blueprintId = "debian_12"
            region = "eu-central-1"
            tags = [{key = "team", value = "shop"}]
            ports = [{fromPort = 22, toPort = 22, protocol = "tcp", cidrs = ["192.0.2.1/32"]}]
            [[instance]]
            name = "old"
            availabilityZone = "eu-west-1b"
            state = "stopped"
            [[instance]]
            name = "plain"
            state = "running"
        """)
        european = connect("eu-central-1")
        (web,) = european.get_instances()["instances"]
        assert (web["name"], web["blueprintId"]) == ("web", "debian_12")
        assert web["state"]["name"] == "running"
        assert web["tags"] == [{"key": "team", "value": "shop"}]
        (port,) = european.get_instance_port_states(instanceName="web")["portStates"]
        assert (port["fromPort"], port["cidrs"]) == (22, ["192.0.2.1/32"])
        (old,) = connect("eu-west-1").get_instances()["instances"]
        assert (old["state"]["name"], old["location"]["availabilityZone"]) == (
            "stopped",
            "eu-west-1b",
        )
        (plain,) = connect("us-west-2").get_instances()["instances"]
        assert plain["name"] == "plain"

    def test_attaches_what_it_says_where_the_instance_is(
        self, load: Callable[[str], None], connect: Callable[[str], Any]
    ) -> None:
        load("""
            [[disk]]
            name = "data"
            sizeInGb = 32
            attachedTo = "web"
            [[staticIp]]
            name = "ip"
            attachedTo = "web"
            [[disk]]
            name = "more"
            attachedTo = "web"
            [[disk]]
            name = "logs"
            attachedTo = "web"
            path = "/dev/xvdz"
            [[disk]]
            name = "spare"
            [[instance]]
            name = "web"
            availabilityZone = "eu-west-1c"
        """)
        client = connect("eu-west-1")
        disks = {disk["name"]: disk for disk in client.get_disks()["disks"]}
        assert {name: disk.get("path") for name, disk in disks.items()} == {
            "data": "/dev/xvdf",
            "more": "/dev/xvdg",
            "logs": "/dev/xvdz",
        }
        assert {disk["attachedTo"] for disk in disks.values()} == {"web"}
        assert disks["data"]["sizeInGb"] == 32
        ip = client.get_static_ip(staticIpName="ip")["staticIp"]
        assert (ip["attachedTo"], ip["isAttached"]) == ("web", True)
        (spare,) = connect("us-west-2").get_disks()["disks"]
        assert not spare["isAttached"]

    def test_says_when_resources_were_created(
        self, load: Callable[[str], None], connect: Callable[[str], Any]
    ) -> None:
        load(
            "[[disk]]\nname = 'first'\n"
            "[[disk]]\nname = 'old'\ncreatedAt = 2020-01-02T03:04:05Z\n"
            "[[disk]]\nname = 'new'\n"
        )
        client = connect("us-west-2")
        created = {each["name"]: each["createdAt"] for each in client.get_disks()["disks"]}
        assert created["old"] == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert min(created["first"], created["new"]) > datetime(2026, 1, 1, tzinfo=UTC)

    def test_puts_an_instance_where_its_key_pair_is(
        self, load: Callable[[str], None], connect: Callable[[str], Any]
    ) -> None:
        load(
            "[[instance]]\nname = 'web'\nsshKeyName = 'mine'\n"
            "[[keyPair]]\nname = 'mine'\nregion = 'eu-west-1'\n"
        )
        client = connect("eu-west-1")
        assert client.get_instance(instanceName="web")["instance"]["sshKeyName"] == "mine"

    def test_may_have_every_kind_of_resource(
        self, load: Callable[[str], None], connect: Callable[[str], Any]
    ) -> None:
        load(
            """
            alarm = [{name = "cpu", metricName = "CPUUtilization", monitoredResourceName = "web",
              comparisonOperator = "GreaterThanThreshold", threshold = 90, evaluationPeriods = 2}]
            bucket = [{name = "assets-1"}]
            certificate = [{name = "site", domainName = "example.com"}]
            contactMethod = [{protocol = "Email", contactEndpoint = "ops@example.com"}]
            containerService = [{name = "api"}]
            disk = [{name = "data", attachedTo = "web"}]
            diskSnapshot = [{name = "data-1", fromDiskName = "data"}]
            domain = [{name = "example.com", domainEntries = [
              {name = "www.example.com", type = "A", target = "192.0.2.1"}]}]
            exportSnapshotRecord = [{sourceSnapshotName = "web-1"}]
            instance = [{name = "web", region = "us-east-1", sshKeyName = "mine"}]
            instanceSnapshot = [{name = "web-1", fromInstanceName = "web"}]
            keyPair = [{name = "mine", region = "us-east-1"}]
            loadBalancer = [{name = "front", region = "us-east-1", instanceNames = ["web"]}]
            loadBalancerTlsCertificate = [
              {name = "tls", loadBalancerName = "front", domainName = "example.com"}]
            relationalDatabase = [{name = "orders"}]
            relationalDatabaseSnapshot = [
              {name = "orders-1", fromRelationalDatabaseName = "orders"}]
            staticIp = [{name = "ip", attachedTo = "web"}]
            [[distribution]]
            name = "cdn"
            origin = {name = "web", regionName = "us-east-1", protocolPolicy = "http-only"}
        """.replace(",\n", ", ").replace("[\n", "[")
        )
        east = connect("us-east-1")
        [record] = east.get_export_snapshot_records()["exportSnapshotRecords"]
        load(f"""
            [[cloudFormationStackRecord]]
            region = "us-east-1"
            [[cloudFormationStackRecord.instances]]
            sourceName = "{record["name"]}"
            instanceType = "t3.micro"
            portInfoSource = "DEFAULT"
            availabilityZone = "us-east-1a"
        """)
        found = set()
        for region, kinds in (("us-east-1", READS), ("us-west-2", READS.keys() - EAST)):
            client = connect(region)
            for kind in kinds:
                response = getattr(client, f"get_{READS[kind]}")()
                if any(value for key, value in response.items() if key != "ResponseMetadata"):
                    found.add(kind)
        (balancer,) = east.get_load_balancers()["loadBalancers"]
        assert [each["instanceName"] for each in balancer["instanceHealthSummary"]] == ["web"]
        (domain,) = east.get_domains()["domains"]
        assert "www.example.com" in {entry["name"] for entry in domain["domainEntries"]}
        assert found == set(READS)

    def test_says_which_certificates_are_issued(
        self, load: Callable[[str], None], connect: Callable[[str], Any]
    ) -> None:
        load("""
            [[certificate]]
            name = "site"
            domainName = "example.com"
            status = "ISSUED"
            region = "us-east-1"
            [[certificate]]
            name = "other"
            domainName = "example.org"
            status = "PENDING_VALIDATION"
            region = "us-east-1"
            [[loadBalancer]]
            name = "front"
            [[loadBalancerTlsCertificate]]
            name = "tls"
            loadBalancerName = "front"
            domainName = "example.com"
            status = "ISSUED"
            [[bucket]]
            name = "assets"
            region = "us-east-1"
            [[distribution]]
            name = "cdn"
            origin = {name = "assets", regionName = "us-east-1"}
            certificateName = "site"
        """)
        east = connect("us-east-1")
        issued = east.get_certificates(certificateStatuses=["ISSUED"])["certificates"]
        assert [each["certificateName"] for each in issued] == ["site"]
        [distribution] = east.get_distributions()["distributions"]
        assert distribution["certificateName"] == "site"
        west = connect("us-west-2")
        found = west.get_load_balancer_tls_certificates(loadBalancerName="front")
        assert [each["status"] for each in found["tlsCertificates"]] == ["ISSUED"]

    def test_says_which_databases_are_stopped(
        self, load: Callable[[str], None], connect: Callable[[str], Any]
    ) -> None:
        load(
            "[[relationalDatabase]]\nname = 'orders'\nstate = 'stopped'\n"
            "[[relationalDatabase]]\nname = 'ledger'\nstate = 'available'\n"
        )
        client = connect("us-west-2")
        found = client.get_relational_databases()["relationalDatabases"]
        assert [each["state"] for each in found] == ["available", "stopped"]

    def test_says_what_only_a_change_can_make(
        self, load: Callable[[str], None], connect: Callable[[str], Any]
    ) -> None:
        load("""
            [[bucket]]
            name = "assets"
            accessRules = {getObject = "public", allowPublicOverrides = false}
            readonlyAccessAccounts = ["111111111111"]
            accessLogConfig = {enabled = true, destination = "logs"}
            region = "us-east-1"
            [[containerService]]
            name = "api"
            isDisabled = true
            [[distribution]]
            name = "cdn"
            origin = {name = "assets", regionName = "us-east-1"}
            isEnabled = false
            [[alarm]]
            name = "busy"
            metricName = "CPUUtilization"
            monitoredResourceName = "web"
            comparisonOperator = "GreaterThanThreshold"
            threshold = 90
            evaluationPeriods = 2
            state = "ALARM"
            [[instance]]
            name = "web"
            state = "stopped"
            [[loadBalancer]]
            name = "front"
            instanceNames = ["web"]
        """)
        east, west = connect("us-east-1"), connect("us-west-2")
        [bucket] = east.get_buckets()["buckets"]
        assert bucket["accessRules"]["getObject"] == "public"
        assert bucket["readonlyAccessAccounts"] == ["111111111111"]
        assert bucket["accessLogConfig"] == {"enabled": True, "destination": "logs"}
        assert not east.get_distributions()["distributions"][0]["isEnabled"]
        assert west.get_container_services()["containerServices"][0]["state"] == "DISABLED"
        assert west.get_alarms()["alarms"][0]["state"] == "ALARM"
        [balancer] = west.get_load_balancers()["loadBalancers"]
        [health] = balancer["instanceHealthSummary"]
        assert (health["instanceName"], health["instanceHealth"]) == ("web", "unused")

    def test_may_have_subdomains(
        self, load: Callable[[str], None], connect: Callable[[str], Any]
    ) -> None:
        client = connect("us-east-1")
        if not hasattr(client, "create_subdomain"):
            pytest.skip("this botocore has no subdomains")
        load("[[subdomain]]\nname = 'shop'")
        [shop] = client.get_subdomains()["subdomains"]
        assert (shop["subdomainName"], shop["state"]) == ("shop", "UNATTACHED")

    def test_knows_the_actions_of_the_installed_botocore(
        self, connect: Callable[[str], Any]
    ) -> None:
        model = connect("us-west-2").meta.service_model
        # An older botocore has no subdomains.
        known = {*model.operation_names, "CreateSubdomain"}
        for kind in [each for each in KINDS.values() if each["action"] in model.operation_names]:
            actions = [kind["action"]]
            for then in kind.get("then", {}).values():
                several = [then] if isinstance(then, str) else then
                actions += several.values() if isinstance(several, dict) else several
            members = {
                member
                for action in actions
                if action not in ("", "issue")
                for member in model.operation_model(action).input_shape.members
            }
            named = {member for members in kind.get("aliases", {}).values() for member in members}
            assert {*kind.get("defaults", ()), *named} <= members
        assert {kind["action"] for kind in KINDS.values()} <= known


WRONG = {
    "[[instanse]]\nname = 'web'": "unknown table 'instanse'; did you mean 'instance'?",
    "[[moon]]": "unknown table 'moon'",
    "[instance]\nname = 'web'": "instance must be an array of tables: [[instance]]",
    "instance = [5]": "[[instance]] 0: must be a table, not 5",
    "name = ": "Invalid value (at end of document)",
    "[[instance]]\nblueprintId = 'debian_12'": "[[instance]] 0: name: is missing",
    "[[instance]]\nname = ''": "[[instance]] : name: is missing",
    "[[instance]]\nname = 5": "[[instance]] 5: name: must be a string, not 5",
    "[[instance]]\nname = 'web'\nblueprintID = 'debian_12'": (
        "[[instance]] web: unknown key 'blueprintID'; did you mean 'blueprintId'?"
    ),
    "[[instance]]\nname = 'web'\ninstanceNames = ['web']": "unknown key 'instanceNames'",
    "[[instance]]\nname = 'web'\nregion = 'us-wets-2'": (
        "[[instance]] web: region: unknown region 'us-wets-2'; did you mean us-west-2?"
    ),
    "[[instance]]\nname = 'web'\navailabilityZone = 'mars-1a'": (
        "[[instance]] web: Lightsail has no region 'mars-1'."
    ),
    "[[instance]]\nname = 'web'\navailabilityZone = 'us-west-2z'": (
        "[[instance]] web: availabilityZone: The region us-west-2 has no zone 'us-west-2z'."
    ),
    "[[instance]]\nname = 'web'\nsshKeyName = 'none'": (
        "[[instance]] web: sshKeyName: The KeyPair does not exist: none"
    ),
    "[[instance]]\nname = 'web'\ncreatedAt = 'long ago'": (
        "[[instance]] web: createdAt: must be a date and time, not 'long ago'"
    ),
    "[[instance]]\nname = 'web'\nstate = 'asleep'": (
        "[[instance]] web: state: must be running or stopped, not 'asleep'"
    ),
    "[[instance]]\nname = 'web'\nstate = ['stopped']": "[[instance]] web: state: must be running",
    "[[instance]]\nname = 'web'\nblueprintId = 5": "[[instance]] web: Invalid type for parameter "
    "blueprintId",
    "[[instance]]\nname = 'web'\nports = 5": "[[instance]] web: ports: Invalid type",
    "[[disk]]\nname = 'data'\nattachedTo = 'nowhere'": "[[disk]] data: attachedTo: ",
    "[[disk]]\nname = 'data'\nattachedTo = ['web']": "attachedTo: must be a string, not ['web']",
    "[[certificate]]\nname = 'site'": "[[certificate]] site: Missing required parameter in input: "
    '"domainName"',
    "[[domain]]\nname = 'example.com'\nregion = 'us-west-2'": (
        "[[domain]] example.com: region: must be us-east-1, not 'us-west-2'"
    ),
    "[[domain]]\nname = 'example.com'\ndomainEntries = 5": (
        "[[domain]] example.com: domainEntries: must be an array, not 5"
    ),
    "[[contactMethod]]\nname = 'x'": "[[contactMethod]] x: unknown key 'name'",
}


@pytest.mark.parametrize("content", WRONG, ids=str)
def test_what_is_wrong_is_named_with_its_table_and_key(
    content: str, load: Callable[[str], None]
) -> None:
    with pytest.raises(StateError) as caught:
        load(content)
    assert WRONG[content] in str(caught.value)
    assert "state.toml: " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_not_utf_8_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "state.toml").write_bytes(b"\xff")
    with pytest.raises(StateError, match=r"state\.toml: 'utf-8' codec"):
        fill(tmp_path / "state.toml", "us-west-2")
