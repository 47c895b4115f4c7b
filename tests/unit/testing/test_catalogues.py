"""What Lightsail offers, and what it says of the account and its metrics."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from moto.moto_api import state_manager

from lightsail_ops.testing import Lightsail

METRIC: dict[str, Any] = {"period": 300, "startTime": 0, "endTime": 1200}
# Name, price, RAM in GB, CPUs, disk in GB and transfer in GB, from AWS's price page.
LINUX = {
    "nano_3_0": ("Nano", 5.0, 0.5, 2, 20, 1024),
    "micro_3_0": ("Micro", 7.0, 1.0, 2, 40, 2048),
    "small_3_0": ("Small", 12.0, 2.0, 2, 60, 3072),
    "medium_3_0": ("Medium", 24.0, 4.0, 2, 80, 4096),
    "large_3_0": ("Large", 44.0, 8.0, 2, 160, 5120),
    "xlarge_3_0": ("Xlarge", 84.0, 16.0, 4, 320, 6144),
    "2xlarge_3_0": ("2Xlarge", 164.0, 32.0, 8, 640, 7168),
}
WINDOWS = [9.5, 14.0, 22.0, 44.0, 74.0, 124.0, 244.0]
DATABASES = {
    "micro_2_0": ("Micro", 15.0, 1.0, 2, 40, 100),
    "micro_ha_2_0": ("Micro with High Availability", 30.0, 1.0, 2, 40, 100),
    "small_2_0": ("Small", 30.0, 2.0, 2, 80, 100),
    "small_ha_2_0": ("Small with High Availability", 60.0, 2.0, 2, 80, 100),
    "medium_2_0": ("Medium", 60.0, 4.0, 2, 120, 100),
    "medium_ha_2_0": ("Medium with High Availability", 120.0, 4.0, 2, 120, 100),
    "large_2_0": ("Large", 115.0, 8.0, 2, 240, 200),
    "large_ha_2_0": ("Large with High Availability", 230.0, 8.0, 2, 240, 200),
}
USERS = {
    "ubuntu_24_04": "ubuntu",
    "debian_12": "admin",
    "amazon_linux_2023": "ec2-user",
    "windows_server_2022": "Administrator",
    "wordpress": "bitnami",
}
REGIONS = {
    "us-east-1": "Virginia",
    "us-east-2": "Ohio",
    "us-west-2": "Oregon",
    "ca-central-1": "Montreal",
    "eu-west-1": "Ireland",
    "eu-west-2": "London",
    "eu-west-3": "Paris",
    "eu-central-1": "Frankfurt",
    "eu-north-1": "Stockholm",
    "ap-south-1": "Mumbai",
    "ap-southeast-1": "Singapore",
    "ap-southeast-2": "Sydney",
    "ap-southeast-3": "Jakarta",
    "ap-northeast-1": "Tokyo",
    "ap-northeast-2": "Seoul",
}

ORDERS: dict[str, Any] = {
    "relationalDatabaseName": "orders",
    "relationalDatabaseBlueprintId": "mysql_8_0",
    "relationalDatabaseBundleId": "micro_2_0",
    "masterDatabaseName": "shop",
    "masterUsername": "admin",
}


@pytest.fixture
def client(mocked: Lightsail, west: Any) -> Any:
    state_manager.set_transition("lightsail::operation", {"progression": "immediate"})
    return west


def figures(bundle: dict[str, Any]) -> tuple[Any, ...]:
    names = ["name", "price", "ramSizeInGb", "cpuCount", "diskSizeInGb", "transferPerMonthInGb"]
    return tuple(bundle[name] for name in names)


def test_bundles_have_their_figures(client: Any) -> None:
    bundles = {each["bundleId"]: each for each in client.get_bundles()["bundles"]}
    assert all(each["isActive"] for each in bundles.values())
    assert {name: figures(bundles[name]) for name in LINUX} == LINUX
    windows = [bundles[name.replace("_3_0", "_win_3_0")] for name in LINUX]
    assert [each["price"] for each in windows] == WINDOWS
    assert {each["supportedPlatforms"][0] for each in windows} == {"WINDOWS"}
    assert bundles["nano_3_0"]["supportedPlatforms"] == ["LINUX_UNIX"]
    assert bundles["nano_ipv6_3_0"]["publicIpv4AddressCount"] == 0


def test_bundles_of_before_are_inactive(client: Any) -> None:
    every = client.get_bundles(includeInactive=True)["bundles"]
    inactive = {each["bundleId"] for each in every if not each["isActive"]}
    assert "nano_2_0" in inactive
    assert all(each.endswith("_2_0") for each in inactive)


@pytest.mark.parametrize("method", ["get_bundles", "get_blueprints"])
def test_nothing_is_for_research(client: Any, method: str) -> None:
    assert getattr(client, method)(appCategory="LfR")[method.removeprefix("get_")] == []


def test_databases_have_their_figures(client: Any) -> None:
    bundles = client.get_relational_database_bundles()["bundles"]
    assert {each["bundleId"]: figures(each) for each in bundles} == DATABASES
    assert all(each["isEncrypted"] for each in bundles)
    blueprints = client.get_relational_database_blueprints()["blueprints"]
    ids = {each["blueprintId"]: each["engine"] for each in blueprints}
    assert ids.items() >= {"mysql_8_0": "mysql", "postgres_17": "postgres"}.items()
    defaults = [each["engine"] for each in blueprints if each["isEngineDefault"]]
    assert sorted(defaults) == ["mysql", "postgres"]


def test_the_other_bundles_have_their_figures(client: Any) -> None:
    buckets = client.get_bucket_bundles()["bundles"]
    assert [
        (each["bundleId"], each["price"], each["storagePerMonthInGb"], each["transferPerMonthInGb"])
        for each in buckets
    ] == [("small_1_0", 1.0, 5, 25), ("medium_1_0", 3.0, 100, 250), ("large_1_0", 5.0, 250, 500)]
    distributions = client.get_distribution_bundles()["bundles"]
    assert [
        (each["bundleId"], each["price"], each["transferPerMonthInGb"]) for each in distributions
    ] == [("small_1_0", 2.5, 50), ("medium_1_0", 10.0, 200), ("large_1_0", 35.0, 500)]
    powers = client.get_container_service_powers()["powers"]
    assert [
        (each["name"], each["price"], each["cpuCount"], each["ramSizeInGb"]) for each in powers
    ] == [
        ("nano", 7.0, 0.25, 0.5),
        ("micro", 10.0, 0.25, 1.0),
        ("small", 25.0, 0.5, 2.0),
        ("medium", 50.0, 1.0, 4.0),
        ("large", 100.0, 2.0, 8.0),
        ("xlarge", 200.0, 4.0, 16.0),
    ]


@pytest.mark.parametrize("blueprint_id", USERS)
def test_an_instance_has_the_user_of_its_blueprint(client: Any, blueprint_id: str) -> None:
    bundle_id = "nano_win_3_0" if blueprint_id.startswith("windows") else "nano_3_0"
    client.create_instances(
        instanceNames=["web"],
        availabilityZone="us-west-2a",
        blueprintId=blueprint_id,
        bundleId=bundle_id,
    )
    assert client.get_instance(instanceName="web")["instance"]["username"] == USERS[blueprint_id]
    ids = {each["blueprintId"]: each for each in client.get_blueprints()["blueprints"]}
    assert ids[blueprint_id]["isActive"]
    assert "username" not in ids[blueprint_id]


def test_addresses_are_those_of_one_resource_of_any_region(
    client: Any, connect: Callable[[str], Any]
) -> None:
    addresses: list[str] = []
    for region in ("us-west-2", "eu-west-1"):
        there = connect(region)
        there.create_instances(
            instanceNames=["web"],
            availabilityZone=f"{region}a",
            blueprintId="debian_12",
            bundleId="nano_3_0",
        )
        there.allocate_static_ip(staticIpName="ip")
        instance = there.get_instance(instanceName="web")["instance"]
        static_ip = there.get_static_ip(staticIpName="ip")["staticIp"]["ipAddress"]
        addresses += [instance["publicIpAddress"], *instance["ipv6Addresses"], static_ip]
    assert len(set(addresses)) == 6


def test_a_bundle_without_an_address_gives_none(client: Any) -> None:
    client.create_instances(
        instanceNames=["web"],
        availabilityZone="us-west-2a",
        blueprintId="debian_12",
        bundleId="nano_ipv6_3_0",
    )
    instance = client.get_instance(instanceName="web")["instance"]
    assert instance["ipAddressType"] == "ipv6"
    assert "publicIpAddress" not in instance
    assert len(instance["ipv6Addresses"]) == 1
    assert re.fullmatch(r"([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}", instance["ipv6Addresses"][0])


def test_what_is_deleted_is_forgotten(client: Any) -> None:
    from lightsail_ops.testing._resources.storage import StaticIp

    for _ in range(3):
        client.allocate_static_ip(staticIpName="ip")
        client.release_static_ip(staticIpName="ip")
    is_old = not hasattr(StaticIp, "instances_tracked")  # moto 5.1.0
    assert getattr(StaticIp, "instances" if is_old else "instances_tracked") == []


def test_regions_have_their_names(client: Any) -> None:
    regions = {each["name"]: each for each in client.get_regions()["regions"]}
    assert {name: regions[name]["displayName"] for name in REGIONS} == REGIONS
    assert not {"us-west-1", "global"} & set(regions)
    assert all(each["displayName"] != name for name, each in regions.items())
    assert all(each["availabilityZones"] == [] for each in regions.values())
    wanted = {"includeAvailabilityZones": True, "includeRelationalDatabaseAvailabilityZones": True}
    regions = {each["name"]: each for each in client.get_regions(**wanted)["regions"]}
    for name in ("availabilityZones", "relationalDatabaseAvailabilityZones"):
        assert regions["us-west-2"][name][0] == {"zoneName": "us-west-2a", "state": "available"}


def test_tls_policies_have_one_default(client: Any) -> None:
    policies = client.get_load_balancer_tls_policies()["tlsPolicies"]
    assert {each["name"]: each["isDefault"] for each in policies} == {
        "TLS-2016-08": True,
        "TLS-FS-Res-1-2-2019-08": False,
    }


def test_metrics_have_a_value_for_each_period(client: Any) -> None:
    client.create_bucket(bucketName="assets", bundleId="small_1_0")
    wanted = {
        "bucketName": "assets",
        "metricName": "NumberOfObjects",
        "unit": "Count",
        "statistics": ["Average", "Maximum"],
        **METRIC,
    }
    metric = client.get_bucket_metric_data(**wanted)
    assert metric["metricName"] == "NumberOfObjects"
    points = metric["metricData"]
    times = [each["timestamp"].timestamp() for each in points]
    assert sorted(times) == [0, 300, 600, 900] != times  # in no order, as at AWS
    assert all(10 <= each["average"] <= 20 and each["unit"] == "Count" for each in points)
    assert set(points[0]) == {"average", "maximum", "timestamp", "unit"}
    assert client.get_bucket_metric_data(**wanted)["metricData"] == points
    many = client.get_bucket_metric_data(**{**wanted, "endTime": 10**9})["metricData"]
    assert len(many) == 1440


def test_the_statistics_of_a_metric_agree(client: Any) -> None:
    client.create_bucket(bucketName="assets", bundleId="small_1_0")
    points = client.get_bucket_metric_data(
        bucketName="assets",
        metricName="NumberOfObjects",
        unit="Count",
        statistics=["Maximum", "Sum", "Minimum", "SampleCount", "Average"],
        **METRIC,
    )["metricData"]
    for each in points:
        assert each["minimum"] <= each["average"] <= each["maximum"]
        assert each["sum"] == pytest.approx(each["average"] * each["sampleCount"])


def test_a_cost_is_estimated_from_the_price_of_what_was_chosen(client: Any) -> None:
    client.create_instances(
        instanceNames=["web"],
        availabilityZone="us-west-2a",
        blueprintId="debian_12",
        bundleId="small_3_0",
    )
    client.create_container_service(serviceName="api", power="micro", scale=3)
    client.create_relational_database(**ORDERS)
    client.create_load_balancer(loadBalancerName="front", instancePort=80)
    prices = {"web": 12.0, "api": 3 * 10.0, "orders": 15.0, "front": 0.0}
    for name, price in prices.items():
        (estimate,) = client.get_cost_estimate(resourceName=name, startTime=0, endTime=730 * 3600)[
            "resourcesBudgetEstimate"
        ]
        (costs,) = estimate["costEstimates"]
        (cost,) = costs["resultsByTime"]
        assert (estimate["resourceName"], costs["usageType"]) == (
            name,
            f"{estimate['resourceType']}-Usage",
        )
        assert (cost["usageCost"], cost["currency"], cost["unit"]) == (
            pytest.approx(price),
            "USD",
            730.0,
        )


def test_a_registry_login_expires(client: Any) -> None:
    login = client.create_container_service_registry_login()["registryLogin"]
    assert login["registry"] == "123456789012.dkr.ecr.us-west-2.amazonaws.com"
    assert {"username", "password", "expiresAt", "registry"} == set(login)


def test_an_access_key_is_shown_whole_only_once(client: Any) -> None:
    client.create_bucket(bucketName="assets", bundleId="small_1_0")
    key = client.create_bucket_access_key(bucketName="assets")["accessKey"]
    assert key["secretAccessKey"]
    (listed,) = client.get_bucket_access_keys(bucketName="assets")["accessKeys"]
    assert listed["accessKeyId"] == key["accessKeyId"]
    assert "secretAccessKey" not in listed
    client.delete_bucket_access_key(bucketName="assets", accessKeyId=key["accessKeyId"])
    assert client.get_bucket_access_keys(bucketName="assets")["accessKeys"] == []


def test_pages_of_a_log_end(client: Any) -> None:
    client.create_relational_database(**ORDERS)
    wanted = {"relationalDatabaseName": "orders", "logStreamName": "error"}
    page = client.get_relational_database_log_events(**wanted)
    assert len(page["resourceLogEvents"]) == 2
    token = page["nextForwardToken"]
    following = client.get_relational_database_log_events(**wanted, pageToken=token)
    assert (following["resourceLogEvents"], following["nextForwardToken"]) == ([], token)
    old = client.get_relational_database_log_events(**wanted, startTime=0, endTime=1)
    assert old["resourceLogEvents"] == []
    later = {"startTime": 2**32, "endTime": 2**33}
    assert client.get_relational_database_log_events(**wanted, **later)["resourceLogEvents"] == []
    for minutes in (1, 2**31 - 1):
        events = {"relationalDatabaseName": "orders", "durationInMinutes": minutes}
        assert len(client.get_relational_database_events(**events)["relationalDatabaseEvents"]) == 2


def test_profiles_and_container_metadata_are_there(client: Any) -> None:
    if hasattr(client, "get_profile"):  # botocore 1.36 lacks it
        assert client.get_profile()["profileType"] == "Lightsailor"
    assert client.get_container_api_metadata()["metadata"] == []


@pytest.mark.parametrize(
    ("region", "ending"),
    [("us-west-2", "_3_0"), ("ap-south-1", "_3_1"), ("ap-southeast-2", "_3_2")],
)
def test_a_region_may_have_bundles_of_its_own(
    mocked: Lightsail, region: str, ending: str, connect: Callable[[str], Any]
) -> None:
    client = connect(region)
    bundles = {each["bundleId"]: each for each in client.get_bundles()["bundles"]}
    assert {bundle_id[-4:] for bundle_id in bundles} == {ending}
    assert len(bundles) == 21
    small = bundles[f"small{ending}"]
    assert (small["price"], small["ramSizeInGb"], small["diskSizeInGb"]) == (12.0, 2.0, 60)
    assert small["transferPerMonthInGb"] == (3072 if ending == "_3_0" else 1536)
    client.create_instances(
        instanceNames=["web"],
        availabilityZone=f"{region}a",
        blueprintId="wordpress_ls_1_0",
        bundleId=f"small{ending}",
    )
    instance = client.get_instance(instanceName="web")["instance"]
    assert (instance["blueprintName"], instance["username"]) == ("WordPress", "admin")
    assert instance["hardware"]["ramSizeInGb"] == 2.0


def test_zones_are_those_of_the_region(mocked: Lightsail, connect: Callable[[str], Any]) -> None:
    client = connect("ap-northeast-1")
    [tokyo] = [
        each
        for each in client.get_regions(includeAvailabilityZones=True)["regions"]
        if each["name"] == "ap-northeast-1"
    ]
    zones = {each["zoneName"] for each in tokyo["availabilityZones"]}
    assert zones == {"ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"}
    client.create_relational_database(**ORDERS | {"relationalDatabaseBundleId": "micro_ha_2_0"})
    [database] = client.get_relational_databases()["relationalDatabases"]
    assert database["secondaryAvailabilityZone"] in zones
    added = mocked.add_operations(100, region_name="ap-northeast-1")
    assert {each.location.availability_zone for each in added} == zones | {"all"}
