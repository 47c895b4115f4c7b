"""Subdomains of Lightsail's own domain, and the distributions that they lead to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.moto_api import state_manager

from lightsail_ops.testing import Lightsail

CDN = {
    "origin": {"name": "assets"},
    "defaultCacheBehavior": {"behavior": "cache"},
    "bundleId": "small_1_0",
}


@pytest.fixture
def client(mocked: Lightsail, connect: Callable[[str], Any]) -> Any:
    """A client of us-east-1, where there is a bucket that distributions can cache."""
    client = connect("us-east-1")
    if not hasattr(client, "create_subdomain"):
        pytest.skip("this botocore has no subdomains")
    state_manager.set_transition("lightsail::operation", {"progression": "immediate"})
    client.create_bucket(bucketName="assets", bundleId="small_1_0")
    return client


def create_distribution(client: Any, name: str, **more: Any) -> str:
    """Create a distribution, and return its ARN."""
    created = client.create_distribution(distributionName=name, **CDN, **more)["distribution"]
    arn: str = created["arn"]
    return arn


def associate(client: Any, name: str, action: str, arn: str | None = None) -> dict[str, Any]:
    target = {} if arn is None else {"targetResourceArn": arn}
    subdomain: dict[str, Any] = client.update_subdomain_association(
        subdomainName=name, action=action, **target
    )["subdomain"]
    return subdomain


def read(client: Any, name: str) -> dict[str, Any]:
    [subdomain] = client.get_subdomains(subdomainName=name)["subdomains"]
    return dict(subdomain)


def subdomain_of(client: Any, distribution: str) -> dict[str, Any] | None:
    [read] = client.get_distributions(distributionName=distribution)["distributions"]
    found: dict[str, Any] | None = read.get("subdomain")
    return found


def test_leads_to_a_distribution_then_to_another_then_to_none(client: Any) -> None:
    first, second = (create_distribution(client, name) for name in ("cdn", "other"))
    client.create_subdomain(subdomainName="shop")
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    shop = associate(client, "shop", "ASSOCIATE", first)
    assert (shop["state"], shop["attachedResource"]["arn"]) == ("ATTACHED", first)
    assert before <= shop["attachedResource"]["attachedAt"]
    assert subdomain_of(client, "cdn") == {"name": "shop", "state": "Attached"}
    shop = associate(client, "shop", "TRANSFER", second)
    assert (shop["state"], shop["attachedResource"]["name"]) == ("ATTACHED", "other")
    assert subdomain_of(client, "cdn") is None
    shop = associate(client, "shop", "DISASSOCIATE")
    assert (shop["state"], "attachedResource" in shop) == ("UNATTACHED", False)
    client.delete_subdomain(subdomainName="shop")
    assert client.get_subdomains()["subdomains"] == []


def test_says_what_it_is_being_attached_to(client: Any) -> None:
    first, second = (create_distribution(client, name) for name in ("cdn", "other"))
    client.create_subdomain(subdomainName="shop")
    state_manager.set_transition("lightsail::operation", {"progression": "manual", "times": 1})
    shop = associate(client, "shop", "ASSOCIATE", first)
    assert (shop["state"], shop["attachingResource"]["name"]) == ("ATTACHING", "cdn")
    assert subdomain_of(client, "cdn") == {"name": "shop", "state": "Attaching"}
    assert read(client, "shop")["state"] == "ATTACHING"
    shop = read(client, "shop")
    assert (shop["state"], "attachingResource" in shop) == ("ATTACHED", False)
    shop = associate(client, "shop", "TRANSFER", second)
    assert (shop["state"], shop["attachedResource"]["name"]) == ("TRANSFERRING", "cdn")
    assert shop["attachingResource"]["name"] == "other"
    read(client, "shop")
    assert associate(client, "shop", "DISASSOCIATE")["state"] == "DETACHING"


@pytest.mark.parametrize(
    ("name", "action", "target"),
    [
        ("free", "TRANSFER", "cdn"),
        ("free", "DISASSOCIATE", None),
        ("used", "ASSOCIATE", "cdn"),
        ("free", "ASSOCIATE", "busy"),  # a distribution has one subdomain
        ("free", "ASSOCIATE", "secure"),  # which has a domain of its own
        ("free", "ASSOCIATE", "assets"),  # which is no distribution
    ],
)
def test_an_association_that_cannot_be_is_refused(
    client: Any, mocked: Lightsail, name: str, action: str, target: str | None
) -> None:
    client.create_certificate(certificateName="tls", domainName="example.com")
    mocked.issue_certificate("tls")
    arns = {each: create_distribution(client, each) for each in ("cdn", "busy")}
    arns["secure"] = create_distribution(client, "secure", certificateName="tls")
    arns["assets"] = client.get_buckets()["buckets"][0]["arn"]
    for each in ("free", "used"):
        client.create_subdomain(subdomainName=each)
    associate(client, "used", "ASSOCIATE", arns["busy"])
    before = [read(client, each) for each in ("free", "used")]
    with pytest.raises(ClientError) as caught:
        associate(client, name, action, target and arns[target])
    assert caught.value.response["Error"]["Code"] == "InvalidInputException"
    assert [read(client, each) for each in ("free", "used")] == before


@pytest.mark.parametrize("arn", [None, "arn:aws:lightsail:us-east-1:123456789012:Distribution/x"])
def test_an_unknown_target_is_not_found(client: Any, arn: str | None) -> None:
    client.create_subdomain(subdomainName="shop")
    with pytest.raises(ClientError) as caught:
        associate(client, "shop", "ASSOCIATE", arn)
    assert caught.value.response["Error"]["Code"] == "NotFoundException"


def test_a_distribution_that_is_deleted_leaves_its_subdomain(client: Any) -> None:
    client.create_subdomain(subdomainName="shop")
    associate(client, "shop", "ASSOCIATE", create_distribution(client, "cdn"))
    with pytest.raises(ClientError, match="disassociate it first"):
        client.delete_subdomain(subdomainName="shop")
    client.delete_distribution(distributionName="cdn")
    shop = read(client, "shop")
    assert (shop["state"], "attachedResource" in shop) == ("UNATTACHED", False)


def test_a_distribution_that_is_deleted_meanwhile_leaves_its_subdomain(
    client: Any, mocked: Lightsail
) -> None:
    arn = create_distribution(client, "cdn")
    client.create_subdomain(subdomainName="shop")
    state_manager.set_transition("lightsail::operation", {"progression": "time", "seconds": 3600})
    associate(client, "shop", "ASSOCIATE", arn)
    deleted = client.delete_distribution(distributionName="cdn")["operation"]
    mocked.finish(deleted["id"])
    assert read(client, "shop")["state"] == "UNATTACHED"


def test_a_distribution_may_come_with_a_subdomain_of_its_own_name(client: Any) -> None:
    state_manager.set_transition("lightsail::operation", {"progression": "manual", "times": 1})
    create_distribution(client, "shop", subdomainName="shop")
    assert subdomain_of(client, "shop") == {"name": "shop", "state": "Creating"}
    assert subdomain_of(client, "shop") == {"name": "shop", "state": "Attached"}
    shop = read(client, "shop")
    assert (shop["state"], shop["attachedResource"]["name"]) == ("ATTACHED", "shop")
    assert not client.check_subdomain_availability(subdomainName="shop")["available"]


def test_one_that_is_deleted_takes_nothing_of_its_name_along(client: Any) -> None:
    arn = create_distribution(client, "cdn")
    client.create_load_balancer(loadBalancerName="shop", instancePort=80)
    client.put_alarm(
        alarmName="busy",
        metricName="RequestCount",
        monitoredResourceName="shop",
        comparisonOperator="GreaterThanThreshold",
        evaluationPeriods=2,
        threshold=80,
    )
    for name in ("blog", "shop"):
        client.create_subdomain(subdomainName=name)
    associate(client, "blog", "ASSOCIATE", arn)
    client.delete_subdomain(subdomainName="shop")
    assert read(client, "blog")["state"] == "ATTACHED"
    assert [each["name"] for each in client.get_alarms()["alarms"]] == ["busy"]


def test_a_distribution_is_there_though_its_creation_failed_with_that_of_its_subdomain(
    client: Any,
) -> None:
    client.create_subdomain(subdomainName="shop")
    create_distribution(client, "cdn", subdomainName="shop")
    found = subdomain_of(client, "cdn")
    assert found is not None
    assert (found["name"], found["state"]) == ("shop", "Error")
    assert found["errorDetails"] == "Some names are already in use: shop"
    [operation] = client.get_operations_for_resource(resourceName="cdn")["operations"]
    assert (operation["operationType"], operation["status"]) == ("CreateDistribution", "Failed")
    assert operation["errorDetails"] == found["errorDetails"]
    assert read(client, "shop")["state"] == "UNATTACHED"


def test_the_parent_of_a_nested_one_is_implicit(client: Any) -> None:
    client.create_subdomain(subdomainName="blog.shop")
    [shop] = client.get_subdomains()["subdomains"]
    assert (shop["subdomainName"], shop["state"], shop["depth"]) == ("shop", "IMPLICIT", 1)
    assert (shop["fqdn"], "arn" in shop) == ("shop.amazonlightsail.com", False)
    [blog] = shop["children"]
    assert (blog["fqdn"], blog["depth"]) == ("blog.shop.amazonlightsail.com", 2)
    assert blog["parentFqdn"] == shop["fqdn"]
    assert read(client, "shop")["state"] == "IMPLICIT"
    client.create_subdomain(subdomainName="shop")
    assert read(client, "shop")["state"] == "UNATTACHED"
    assert client.delete_subdomain(subdomainName="shop")["subdomain"]["state"] == "IMPLICIT"
    assert "subdomain" not in client.delete_subdomain(subdomainName="blog.shop")
    with pytest.raises(ClientError, match="does not exist: shop"):
        read(client, "shop")


@pytest.mark.parametrize("name", ["a.b.c", "Shop", "-shop", "shop.", "xn--shop", "a" * 40, ""])
def test_a_name_that_no_subdomain_has_is_refused(client: Any, name: str) -> None:
    with pytest.raises(ClientError, match="is no subdomain"):
        client.create_subdomain(subdomainName=name)
