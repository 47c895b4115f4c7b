"""Public programs from the package index, unmodified: they work as with the real Lightsail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.clients import run

from lightsail_ops.testing import LightsailServer

pytestmark = pytest.mark.clients

Run = Callable[[str, str], Any]


@pytest.fixture
def run_in(programs: Path, server: LightsailServer) -> Run:
    return lambda region, program: run(programs, program, server.endpoint_url, region)


def test_vpseasy_creates_and_deletes_a_server(run_in: Run) -> None:
    printed = run_in(
        "eu-west-1",
        """
import json
from vpseasy.core import Lightsail

lightsail = Lightsail(region="eu-west-1")
created = lightsail.create("web", bundle="small_3_0", ports=(22, 443), snapshots="16:00")
again = lightsail.create("web", bundle="small_3_0", ports=None, snapshots=None)
instance = lightsail.get("web")
servers = lightsail.servers()
bucket = lightsail.bucket("assets-1")
lightsail.delete("web")
print(json.dumps({
    "ips": [created.ip, again.ip, servers[0]["ip"], lightsail.get("web")],
    "servers": servers,
    "ports": [port["fromPort"] for port in instance["networking"]["ports"]],
    "addOns": [(each["name"], each["snapshotTimeOfDay"]) for each in instance["addOns"]],
    "key": bucket.key_id,
}))
""",
    )
    ip = printed["ips"][0]
    assert printed["ips"] == [ip, ip, ip, None]
    assert printed["servers"] == [{"name": "web", "ip": ip, "status": "running"}]
    assert printed["ports"] == [22, 443]
    assert printed["addOns"] == [["AutoSnapshot", "16:00"]]
    assert printed["key"].startswith("AKIA")


def test_lightsail_wordpress_migrator_prepares_its_target(run_in: Run) -> None:
    printed = run_in(
        "us-west-2",
        """
import json
from lightsail_wp_migrate.aws import AWSManager

aws = AWSManager(region="us-west-2")
aws.create_target_instance("wp-2", "us-west-2a", blueprint_id="wordpress")
aws.create_target_instance("wp-2", "us-west-2a", blueprint_id="wordpress")  # it is there already
aws.wait_for_instance("wp-2", poll=0.1)
aws.ls.put_instance_public_ports(
    instanceName="wp-2",
    portInfos=[{"fromPort": 22, "toPort": 22, "protocol": "tcp", "cidrs": ["192.0.2.1/32"]}],
)
mine = "198.51.100.7/32"
ssh = [aws.is_ssh_open_for("wp-2", mine), aws.open_ssh_firewall("wp-2", mine)]
ssh += [aws.is_ssh_open_for("wp-2", mine), aws.is_ssh_open_for("wp-2", "192.0.2.1/32")]
aws.close_ssh_firewall("wp-2", mine, True)
ssh += [aws.is_ssh_open_for("wp-2", mine), aws.is_ssh_open_for("wp-2", "192.0.2.1/32")]
aws.ls.allocate_static_ip(staticIpName="wp-ip")
ip = aws.reassign_static_ip("wp-ip", "wp-2")
print(json.dumps({
    "account": aws.get_account_id(),
    "ips": [ip, aws.get_instance_ip("wp-2"), aws.get_static_ip_for_instance("wp-2")["ipAddress"]],
    "ssh": ssh,
    "snapshot": aws.create_snapshot("wp-2", "wp-2-before"),
    "names": [each["name"] for each in aws.list_wordpress_instances()],
}))
""",
    )
    assert printed["account"] == "123456789012"
    assert len(set(printed["ips"])) == 1
    assert printed["ssh"] == [False, True, True, True, False, True]
    assert printed["snapshot"] == "wp-2-before"
    assert printed["names"] == ["wp-2"]


def test_certbot_dns_lightsail_proves_a_domain(run_in: Run) -> None:
    printed = run_in(
        "us-east-1",
        """
import json
from types import SimpleNamespace

import boto3
from certbot_dns_lightsail.authentication import Authenticator

client = boto3.client("lightsail", "us-east-1")
client.create_domain(domainName="example.com")

def entries():
    domain = client.get_domain(domainName="example.com")["domain"]
    return [
        (entry["name"], entry["target"])
        for entry in domain["domainEntries"]
        if entry["type"] == "TXT"
    ]

config = SimpleNamespace(dns_lightsail_region="us-east-1", dns_lightsail_credentials=None)
plugin = Authenticator(config, "dns-lightsail")
plugin._setup_credentials()
challenge = ("www.example.com", "_acme-challenge.www.example.com", "proof")
plugin._perform(*challenge)
during = entries()
plugin._cleanup(*challenge)
try:
    plugin._perform("other.org", "_acme-challenge.other.org", "proof")
except Exception as caught:
    error = str(caught)
print(json.dumps({"during": during, "after": entries(), "error": error}))
""",
    )
    assert printed["during"] == [["_acme-challenge.www.example.com", '"proof"']]
    assert printed["after"] == []
    assert "Unable to find a Lightsail domain for other.org" in printed["error"]


def test_lightsaillogger_reads_the_log_of_a_deployment(run_in: Run) -> None:
    printed = run_in(
        "us-west-2",
        """
import json

import boto3
from lightsaillogger.logger import LightsailLogger

client = boto3.client("lightsail", "us-west-2")
client.create_container_service(serviceName="api", power="nano", scale=1)
client.create_container_service_deployment(
    serviceName="api",
    containers={"web": {"image": "nginx:latest", "ports": {"80": "HTTP"}}},
    publicEndpoint={"containerName": "web", "containerPort": 80},
)
logger = LightsailLogger("api")
before = logger.fetch_container_names()
while not (names := logger.fetch_container_names()):
    pass
token = logger.fetch_logs("web")
events = [dict(event) for event in logger.unique_log_events]
print(json.dumps({"before": before, "names": names, "token": token, "events": events}))
""",
    )
    assert printed["before"] == []
    assert printed["names"] == ["web"]
    assert printed["token"] is None
    assert printed["events"]
    assert all(event["containerName"] == "web" and event["message"] for event in printed["events"])
