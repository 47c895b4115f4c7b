"""The story of each kind of resource: create, read, change, read, delete, read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jmespath
import pytest
from botocore.exceptions import ClientError
from moto.moto_api import state_manager

from lightsail_ops.testing import Lightsail

GONE = "NotFoundException"
WRONG = "InvalidInputException"
Expected = dict[str, Any] | str | None
Step = tuple[str, dict[str, Any], Expected]

ZONE = {"availabilityZone": "us-west-2a"}
WEB: Step = (
    "create_instances",
    {"instanceNames": ["web"], "blueprintId": "ubuntu_22_04", "bundleId": "medium_3_0", **ZONE},
    {"operations[0].operationType": "CreateInstance"},
)
DATA: Step = ("create_disk", {"diskName": "data", "sizeInGb": 64, **ZONE}, None)
DATABASE: Step = (
    "create_relational_database",
    {
        "relationalDatabaseName": "orders",
        "relationalDatabaseBlueprintId": "postgres_16",
        "relationalDatabaseBundleId": "small_ha_2_0",
        "masterDatabaseName": "shop",
        "masterUsername": "admin",
        "masterUserPassword": "first",
    },
    None,
)
INSTANCE, DISK, ORDERS = (
    {"instanceName": "web"},
    {"diskName": "data"},
    {"relationalDatabaseName": "orders"},
)
TAGS = [{"key": "team", "value": "a"}]
SSH = {"fromPort": 22, "toPort": 22, "protocol": "tcp"}
HTTPS = {"fromPort": 443, "toPort": 443, "protocol": "tcp"}
CONTAINERS = {
    "containers": {"app": {"image": "nginx:latest", "ports": {"80": "HTTP"}}},
    "publicEndpoint": {"containerName": "app", "containerPort": 80},
}
ENTRY = {"name": "www.example.com", "type": "A", "target": "192.0.2.1"}
ALARM = {
    "alarmName": "busy",
    "metricName": "CPUUtilization",
    "monitoredResourceName": "web",
    "comparisonOperator": "GreaterThanThreshold",
    "evaluationPeriods": 2,
}

STORIES: dict[str, list[Step]] = {
    "an instance": [
        WEB,
        (
            "get_instance",
            INSTANCE,
            {
                "instance.blueprintId": "ubuntu_22_04",
                "instance.blueprintName": "Ubuntu",
                "instance.username": "ubuntu",
                "instance.bundleId": "medium_3_0",
                "instance.hardware.ramSizeInGb": 4.0,
                "instance.hardware.cpuCount": 2,
                "instance.hardware.disks[*].[path, sizeInGb, iops]": [["/dev/xvda", 80, 240]],
                "instance.networking.monthlyTransfer.gbPerMonthAllocated": 4096,
                "instance.networking.ports[*].fromPort": [80, 22],
                "instance.state": {"code": 16, "name": "running"},
                "instance.location.availabilityZone": "us-west-2a",
                "instance.metadataOptions.state": "applied",
                "instance.instanceStatus": None,
            },
        ),
        (
            "get_instance",
            {**INSTANCE, "includeHealthStatus": True},
            {"instance.instanceStatus.status": "ok", "instance.systemStatus.status": "ok"},
        ),
        ("get_instances", {"includeHealthStatus": True}, {"*[].instanceStatus.status": ["ok"]}),
        ("get_instances", {}, {"instances[*].instanceStatus.status": []}),
        ("stop_instance", INSTANCE, {"operations[0].operationType": "StopInstance"}),
        ("get_instance_state", INSTANCE, {"state": {"code": 80, "name": "stopped"}}),
        (
            "get_instance",
            {**INSTANCE, "includeHealthStatus": True},
            {"instance.instanceStatus.status": "not-applicable"},
        ),
        ("start_instance", {**INSTANCE, "attributeUpdates": {"bundleId": "large_3_0"}}, None),
        (
            "get_instance",
            INSTANCE,
            {
                "instance.state.name": "running",
                "instance.bundleId": "large_3_0",
                "instance.hardware.ramSizeInGb": 8.0,
            },
        ),
        (
            "update_instance_metadata_options",
            {**INSTANCE, "httpTokens": "required"},
            {"operation.status": "Succeeded"},
        ),
        (
            "get_instance",
            INSTANCE,
            {
                "instance.metadataOptions.httpTokens": "required",
                "instance.metadataOptions.httpEndpoint": "enabled",
                "instance.metadataOptions.state": "applied",
            },
        ),
        (
            "set_ip_address_type",
            {"resourceType": "Instance", "resourceName": "web", "ipAddressType": "ipv6"},
            None,
        ),
        ("get_instance", INSTANCE, {"instance.publicIpAddress": None}),
        ("reboot_instance", INSTANCE, {"operations[0].operationDetails": ""}),
        ("get_instance_state", INSTANCE, {"state.name": "running"}),
        ("delete_instance", INSTANCE, {"operations[*].operationType": ["DeleteInstance"]}),
        ("get_instance", INSTANCE, GONE),
        ("get_instances", {}, {"instances": []}),
    ],
    "ports": [
        WEB,
        (
            "put_instance_public_ports",
            {**INSTANCE, "portInfos": [{**SSH, "cidrs": ["192.0.2.1/32"]}, HTTPS]},
            {"operation.operationDetails": "22/tcp, 443/tcp"},
        ),
        (
            "get_instance",
            INSTANCE,
            {
                "instance.networking.ports[*].accessFrom": ["Custom", "Anywhere (0.0.0.0/0)"],
                "instance.networking.ports[*].accessType": ["public", "public"],
                "instance.networking.ports[*].accessDirection": ["inbound", "inbound"],
                "instance.networking.ports[*].commonName": ["", ""],
                "instance.networking.ports[*].cidrs": [["192.0.2.1/32"], ["0.0.0.0/0"]],
                "instance.networking.ports[*].ipv6Cidrs": [[], ["::/0"]],
                "instance.networking.ports[*].cidrListAliases": [[], []],
            },
        ),
        (
            "open_instance_public_ports",
            {**INSTANCE, "portInfo": {**SSH, "cidrs": ["192.0.2.2"]}},
            None,
        ),
        (
            "get_instance_port_states",
            INSTANCE,
            {
                "portStates[?fromPort==`22`].cidrs[]": ["192.0.2.1/32", "192.0.2.2/32"],
                "portStates[?fromPort==`22`].state": ["open"],
            },
        ),
        (
            "close_instance_public_ports",
            {**INSTANCE, "portInfo": {**SSH, "cidrs": ["192.0.2.1/32"]}},
            None,
        ),
        (
            "get_instance_port_states",
            INSTANCE,
            {"portStates[?fromPort==`22`].cidrs[]": ["192.0.2.2/32"]},
        ),
        (
            "close_instance_public_ports",
            {**INSTANCE, "portInfo": {**SSH, "cidrs": ["192.0.2.2"]}},
            None,
        ),
        ("get_instance_port_states", INSTANCE, {"portStates[*].fromPort": [443]}),
        ("close_instance_public_ports", {**INSTANCE, "portInfo": HTTPS}, None),
        ("get_instance_port_states", INSTANCE, {"portStates": []}),
        (
            "put_instance_public_ports",
            {**INSTANCE, "portInfos": [HTTPS, {"fromPort": 80, "toPort": 81, "protocol": "udp"}]},
            {"operation.operationDetails": "443/tcp, 80-81/udp"},
        ),
    ],
    "add-ons": [
        WEB,
        (
            "enable_add_on",
            {
                "resourceName": "web",
                "addOnRequest": {
                    "addOnType": "AutoSnapshot",
                    "autoSnapshotAddOnRequest": {"snapshotTimeOfDay": "09:00"},
                },
            },
            None,
        ),
        (
            "get_instance",
            INSTANCE,
            {
                "instance.addOns": [
                    {
                        "name": "AutoSnapshot",
                        "status": "Enabled",
                        "snapshotTimeOfDay": "09:00",
                        "nextSnapshotTimeOfDay": "09:00",
                    }
                ]
            },
        ),
        ("get_auto_snapshots", {"resourceName": "web"}, {"autoSnapshots[*].status": ["Success"]}),
        ("delete_instance", INSTANCE, WRONG),
        (
            "enable_add_on",
            {
                "resourceName": "web",
                "addOnRequest": {
                    "addOnType": "StopInstanceOnIdle",
                    "stopInstanceOnIdleRequest": {"threshold": "5", "duration": "60"},
                },
            },
            None,
        ),
        (
            "get_instance",
            INSTANCE,
            {
                "instance.addOns[*].[name, threshold]": [
                    ["AutoSnapshot", None],
                    ["StopInstanceOnIdle", "5"],
                ]
            },
        ),
        ("disable_add_on", {"resourceName": "web", "addOnType": "AutoSnapshot"}, None),
        (
            "get_instance",
            INSTANCE,
            {
                "instance.addOns[*].[name, status, snapshotTimeOfDay]": [
                    ["AutoSnapshot", "Disabled", "09:00"],
                    ["StopInstanceOnIdle", "Enabled", None],
                ],
            },
        ),
        ("get_auto_snapshots", {"resourceName": "web"}, {"autoSnapshots": []}),
        ("delete_instance", INSTANCE, WRONG),
        ("disable_add_on", {"resourceName": "web", "addOnType": "StopInstanceOnIdle"}, None),
        ("delete_instance", INSTANCE, None),
        ("get_instance", INSTANCE, GONE),
    ],
    "a disk": [
        WEB,
        DATA,
        (
            "get_disk",
            DISK,
            {
                "disk.[sizeInGb, iops, state, isAttached, isSystemDisk]": [
                    64,
                    192,
                    "available",
                    False,
                    False,
                ],
                "disk.attachmentState": "detached",
            },
        ),
        ("attach_disk", {**DISK, **INSTANCE, "diskPath": "/dev/xvdf", "autoMounting": True}, None),
        (
            "get_disk",
            DISK,
            {
                "disk.[isAttached, state, attachedTo, path, attachmentState, autoMountStatus]": [
                    True,
                    "in-use",
                    "web",
                    "/dev/xvdf",
                    "attached",
                    "Mounted",
                ],
            },
        ),
        ("get_instance", INSTANCE, {"instance.hardware.disks[*].path": ["/dev/xvda", "/dev/xvdf"]}),
        ("delete_disk", DISK, WRONG),
        ("detach_disk", DISK, {"operations[*].operationDetails": ["web", "data"]}),
        (
            "get_disk",
            DISK,
            {"disk.[isAttached, state, attachedTo, path]": [False, "available", None, None]},
        ),
        ("delete_disk", DISK, None),
        ("get_disk", DISK, GONE),
        ("get_disks", {}, {"disks": []}),
    ],
    "a static IP": [
        WEB,
        ("allocate_static_ip", {"staticIpName": "one"}, None),
        ("allocate_static_ip", {"staticIpName": "two"}, None),
        ("attach_static_ip", {"staticIpName": "one", **INSTANCE}, None),
        ("attach_static_ip", {"staticIpName": "one", **INSTANCE}, None),
        (
            "get_static_ips",
            {},
            {"staticIps[*].[attachedTo, isAttached]": [[None, False], ["web", True]]},
        ),
        ("attach_static_ip", {"staticIpName": "two", **INSTANCE}, None),
        (
            "get_static_ips",
            {},
            {"staticIps[*].[attachedTo, isAttached]": [["web", True], [None, False]]},
        ),
        (
            "get_instance",
            INSTANCE,
            {"instance.[isStaticIp, publicIpAddress]": [True, "198.19.0.4"]},
        ),
        ("detach_static_ip", {"staticIpName": "two"}, None),
        ("detach_static_ip", {"staticIpName": "two"}, WRONG),
        (
            "get_instance",
            INSTANCE,
            {"instance.[isStaticIp, publicIpAddress]": [False, "198.18.0.7"]},  # not the old one
        ),
        ("release_static_ip", {"staticIpName": "two"}, None),
        ("get_static_ip", {"staticIpName": "two"}, GONE),
    ],
    "a snapshot of an instance": [
        WEB,
        DATA,
        ("attach_disk", {**DISK, **INSTANCE, "diskPath": "/dev/xvdf"}, None),
        ("create_instance_snapshot", {**INSTANCE, "instanceSnapshotName": "s", "tags": TAGS}, None),
        (
            "get_instance_snapshot",
            {"instanceSnapshotName": "s"},
            {
                "instanceSnapshot.[state, fromInstanceName, fromBlueprintId, fromBundleId]": [
                    "available",
                    "web",
                    "ubuntu_22_04",
                    "medium_3_0",
                ],
                "instanceSnapshot.[sizeInGb, isFromAutoSnapshot, tags]": [80, False, TAGS],
                "instanceSnapshot.fromAttachedDisks[*].path": ["/dev/xvdf"],
            },
        ),
        (
            "create_instances_from_snapshot",
            {"instanceSnapshotName": "s", "instanceNames": ["b"], "bundleId": "large_3_0", **ZONE},
            {
                "operations[*].[operationType, resourceName]": [
                    ["CreateInstancesFromSnapshot", "b"],
                    ["CreateDiskFromSnapshot", "b-data"],
                ]
            },
        ),
        (
            "get_instance",
            {"instanceName": "b"},
            {
                "instance.[blueprintId, bundleId]": ["ubuntu_22_04", "large_3_0"],
                "instance.hardware.disks[*].path": ["/dev/xvda", "/dev/xvdf"],
            },
        ),
        (
            "get_disk",
            {"diskName": "b-data"},
            {"disk.[state, attachedTo, sizeInGb]": ["in-use", "b", 64]},
        ),
        (
            "create_instances_from_snapshot",
            {
                "instanceSnapshotName": "s",
                "instanceNames": ["d"],
                "bundleId": "large_3_0",
                "attachedDiskMapping": {
                    "d": [{"originalDiskPath": "/dev/xvdf", "newDiskName": "data-of-d"}]
                },
                "availabilityZone": "us-west-2b",
            },
            None,
        ),
        (
            "get_disk",
            {"diskName": "data-of-d"},
            {
                "disk.[path, attachedTo, isAttached]": ["/dev/xvdf", "d", True],
                "disk.location.availabilityZone": "us-west-2b",
            },
        ),
        (
            "create_instances_from_snapshot",
            {"instanceNames": ["c"], "bundleId": "large_3_0", **ZONE},
            WRONG,
        ),
        (
            "enable_add_on",
            {"resourceName": "web", "addOnRequest": {"addOnType": "AutoSnapshot"}},
            None,
        ),
        (
            "create_instances_from_snapshot",
            {
                "instanceNames": ["c"],
                "sourceInstanceName": "web",
                "useLatestRestorableAutoSnapshot": True,
                "bundleId": "large_3_0",
                **ZONE,
            },
            None,
        ),
        (
            "get_instance",
            {"instanceName": "c"},
            {"instance.[blueprintId, username, bundleId]": ["ubuntu_22_04", "ubuntu", "large_3_0"]},
        ),
        (
            "copy_snapshot",
            {"sourceSnapshotName": "s", "targetSnapshotName": "t", "sourceRegion": "us-west-2"},
            None,
        ),
        (
            "get_instance_snapshots",
            {},
            {"*[].[name, fromInstanceName]": [["t", "web"], ["s", "web"]]},
        ),
        ("export_snapshot", {"sourceSnapshotName": "s"}, None),
        (
            "get_export_snapshot_records",
            {},
            {
                "*[].state": ["Succeeded"],
                "*[].sourceInfo.[name, fromResourceName]": [["s", "web"]],
                "*[].sourceInfo.instanceSnapshotInfo.fromDiskInfo[].sizeInGb": [80, 64],
                "*[].destinationInfo.service": ["Aws::EC2::Image"],
            },
        ),
        ("delete_instance_snapshot", {"instanceSnapshotName": "s"}, None),
        ("get_instance_snapshot", {"instanceSnapshotName": "s"}, GONE),
    ],
    "a snapshot of a disk": [
        DATA,
        ("create_disk_snapshot", {**DISK, "diskSnapshotName": "s"}, None),
        (
            "get_disk_snapshot",
            {"diskSnapshotName": "s"},
            {
                "diskSnapshot.[state, progress, fromDiskName, sizeInGb]": [
                    "completed",
                    "100%",
                    "data",
                    64,
                ]
            },
        ),
        (
            "create_disk_from_snapshot",
            {"diskSnapshotName": "s", "diskName": "b", "sizeInGb": 128, **ZONE},
            None,
        ),
        ("get_disk", {"diskName": "b"}, {"disk.sizeInGb": 128}),
        ("export_snapshot", {"sourceSnapshotName": "s"}, None),
        (
            "get_export_snapshot_records",
            {},
            {
                "*[].sourceInfo.[resourceType, diskSnapshotInfo.sizeInGb]": [["DiskSnapshot", 64]],
                "*[].destinationInfo.service": ["Aws::EC2::Snapshot"],
            },
        ),
        ("delete_disk_snapshot", {"diskSnapshotName": "s"}, None),
        ("get_disk_snapshots", {}, {"diskSnapshots": []}),
    ],
    "a key pair": [
        ("create_key_pair", {"keyPairName": "mine", "tags": TAGS}, {"keyPair.name": "mine"}),
        ("get_key_pair", {"keyPairName": "mine"}, {"keyPair.tags": TAGS}),
        ("import_key_pair", {"keyPairName": "mine", "publicKeyBase64": "ssh-rsa AAAA"}, WRONG),
        ("get_key_pairs", {}, {"*[].name": ["mine"]}),
        (
            "get_key_pairs",
            {"includeDefaultKeyPair": True},
            {"*[].name": ["LightsailDefaultKeyPair", "mine"]},
        ),
        ("delete_key_pair", {"keyPairName": "mine"}, None),
        ("get_key_pair", {"keyPairName": "mine"}, GONE),
    ],
    "a domain": [
        (
            "create_domain",
            {"domainName": "example.com"},
            {"operation.location.regionName": "global"},
        ),
        ("create_domain_entry", {"domainName": "example.com", "domainEntry": ENTRY}, None),
        (
            "get_domain",
            {"domainName": "example.com"},
            {"domain.domainEntries[?type=='A']": [{**ENTRY, "id": "1", "isAlias": False}]},
        ),
        (
            "update_domain_entry",
            {
                "domainName": "example.com",
                "domainEntry": {**ENTRY, "id": "1", "target": "192.0.2.9"},
            },
            None,
        ),
        ("get_domains", {}, {"domains[].domainEntries[?type=='A'].target[]": ["192.0.2.9"]}),
        ("update_domain_entry", {"domainName": "example.com", "domainEntry": ENTRY}, None),
        (
            "create_domain_entry",
            {"domainName": "example.com", "domainEntry": {**ENTRY, "target": "192.0.2.7"}},
            None,
        ),
        (
            "get_domain",
            {"domainName": "example.com"},
            {
                "domain.domainEntries[?type=='A'].[id, target]": [
                    ["1", "192.0.2.1"],
                    ["2", "192.0.2.7"],
                ]
            },
        ),
        (
            "delete_domain_entry",
            {"domainName": "example.com", "domainEntry": {**ENTRY, "target": "192.0.2.7"}},
            None,
        ),
        ("get_domains", {}, {"domains[].domainEntries[?type=='A'].target[]": ["192.0.2.1"]}),
        ("delete_domain_entry", {"domainName": "example.com", "domainEntry": {"id": "1"}}, None),
        (
            "get_domain",
            {"domainName": "example.com"},
            {"domain.domainEntries[].type": ["NS", "NS", "NS", "NS", "SOA"]},
        ),
        ("delete_domain", {"domainName": "example.com"}, None),
        ("get_domain", {"domainName": "example.com"}, GONE),
    ],
    "a load balancer": [
        WEB,
        ("create_load_balancer", {"loadBalancerName": "front", "instancePort": 8080}, None),
        (
            "attach_instances_to_load_balancer",
            {"loadBalancerName": "front", "instanceNames": ["web"]},
            None,
        ),
        (
            "get_load_balancer",
            {"loadBalancerName": "front"},
            {
                "loadBalancer.[state, instancePort, protocol]": ["active", 8080, "HTTP"],
                "loadBalancer.instanceHealthSummary": [
                    {"instanceName": "web", "instanceHealth": "healthy"}
                ],
                "loadBalancer.tlsPolicyName": "TLS-2016-08",
            },
        ),
        (
            "update_load_balancer_attribute",
            {
                "loadBalancerName": "front",
                "attributeName": "TlsPolicyName",
                "attributeValue": "TLS-FS-Res-1-2-2019-08",
            },
            None,
        ),
        (
            "get_load_balancer",
            {"loadBalancerName": "front"},
            {"loadBalancer.tlsPolicyName": "TLS-FS-Res-1-2-2019-08"},
        ),
        ("stop_instance", INSTANCE, None),
        ("get_load_balancers", {}, {"*[].instanceHealthSummary[].instanceHealth": ["unused"]}),
        (
            "update_load_balancer_attribute",
            {
                "loadBalancerName": "front",
                "attributeName": "HttpsRedirectionEnabled",
                "attributeValue": "true",
            },
            None,
        ),
        (
            "update_load_balancer_attribute",
            {
                "loadBalancerName": "front",
                "attributeName": "HealthCheckPath",
                "attributeValue": "/up",
            },
            None,
        ),
        (
            "update_load_balancer_attribute",
            {
                "loadBalancerName": "front",
                "attributeName": "SessionStickinessEnabled",
                "attributeValue": "true",
            },
            None,
        ),
        (
            "get_load_balancer",
            {"loadBalancerName": "front"},
            {
                "loadBalancer.[httpsRedirectionEnabled, healthCheckPath]": [True, "/up"],
                "loadBalancer.configurationOptions.SessionStickinessEnabled": "true",
            },
        ),
        (
            "detach_instances_from_load_balancer",
            {"loadBalancerName": "front", "instanceNames": ["web"]},
            None,
        ),
        (
            "get_load_balancer",
            {"loadBalancerName": "front"},
            {"loadBalancer.instanceHealthSummary": []},
        ),
        ("delete_load_balancer", {"loadBalancerName": "front"}, None),
        ("get_load_balancer", {"loadBalancerName": "front"}, GONE),
    ],
    "a certificate of a load balancer": [
        ("create_load_balancer", {"loadBalancerName": "front", "instancePort": 80}, None),
        (
            "create_load_balancer_tls_certificate",
            {
                "loadBalancerName": "front",
                "certificateName": "tls",
                "certificateDomainName": "example.com",
            },
            None,
        ),
        (
            "get_load_balancer_tls_certificates",
            {"loadBalancerName": "front"},
            {
                "*[].[status, isAttached, issuedAt]": [["PENDING_VALIDATION", False, None]],
                "*[].domainValidationRecords[].[type, domainName, validationStatus]": [
                    ["CNAME", "example.com", "PENDING_VALIDATION"]
                ],
            },
        ),
        (
            "attach_load_balancer_tls_certificate",
            {"loadBalancerName": "front", "certificateName": "tls"},
            WRONG,
        ),
        ("issue_certificate", {"name": "tls"}, None),
        (
            "attach_load_balancer_tls_certificate",
            {"loadBalancerName": "front", "certificateName": "tls"},
            None,
        ),
        (
            "get_load_balancer_tls_certificates",
            {"loadBalancerName": "front"},
            {
                "*[].[status, isAttached, subject]": [["ISSUED", True, "CN=example.com"]],
                "*[].domainValidationRecords[].validationStatus": ["SUCCESS"],
            },
        ),
        (
            "get_load_balancer",
            {"loadBalancerName": "front"},
            {"loadBalancer.publicPorts": [80, 443]},
        ),
        (
            "delete_load_balancer_tls_certificate",
            {"loadBalancerName": "front", "certificateName": "tls"},
            None,
        ),
        (
            "get_load_balancer_tls_certificates",
            {"loadBalancerName": "front"},
            {"tlsCertificates": []},
        ),
    ],
    "a database": [
        DATABASE,
        (
            "get_relational_database",
            ORDERS,
            {
                "relationalDatabase.[engine, engineVersion, state]": [
                    "postgres",
                    "16.4",
                    "available",
                ],
                "relationalDatabase.hardware": {
                    "cpuCount": 2,
                    "diskSizeInGb": 80,
                    "ramSizeInGb": 2.0,
                },
                "relationalDatabase.masterEndpoint.port": 5432,
                "relationalDatabase.secondaryAvailabilityZone": "us-west-2b",
                "relationalDatabase.backupRetentionEnabled": True,
                "relationalDatabase.location.availabilityZone": "us-west-2a",
            },
        ),
        ("get_relational_database_master_user_password", ORDERS, {"masterUserPassword": "first"}),
        (
            "update_relational_database",
            {
                **ORDERS,
                "publiclyAccessible": True,
                "disableBackupRetention": True,
                "masterUserPassword": "second",
            },
            None,
        ),
        (
            "get_relational_database",
            ORDERS,
            {
                "relationalDatabase.[publiclyAccessible, backupRetentionEnabled, state]": [
                    True,
                    False,
                    "available",
                ],
                "relationalDatabase.latestRestorableTime": None,
            },
        ),
        ("get_relational_database_master_user_password", ORDERS, {"masterUserPassword": "second"}),
        (
            "update_relational_database",
            {**ORDERS, "relationalDatabaseBlueprintId": "oracle_1"},
            WRONG,
        ),
        (
            "update_relational_database",
            {**ORDERS, "enableBackupRetention": True, "rotateMasterUserPassword": True},
            None,
        ),
        (
            "update_relational_database_parameters",
            {
                **ORDERS,
                "parameters": [{"parameterName": "max_connections", "parameterValue": "50"}],
            },
            None,
        ),
        (
            "get_relational_database_parameters",
            ORDERS,
            {"parameters[?parameterName=='max_connections'].parameterValue": ["50"]},
        ),
        (
            "get_relational_database",
            ORDERS,
            {
                "relationalDatabase.[parameterApplyStatus, backupRetentionEnabled]": [
                    "pending-reboot",
                    True,
                ]
            },
        ),
        ("reboot_relational_database", ORDERS, {"operations[0].operationDetails": ""}),
        ("get_relational_database", ORDERS, {"relationalDatabase.parameterApplyStatus": "in-sync"}),
        ("get_relational_database_log_streams", ORDERS, {"logStreams": ["postgresql", "upgrade"]}),
        (
            "get_relational_database_events",
            ORDERS,
            {
                "*[].eventCategories[]": [
                    "creation",
                    "backup",
                    *["configuration change"] * 2,
                    "availability",
                ]
            },
        ),
        ("stop_relational_database", {**ORDERS, "relationalDatabaseSnapshotName": "s"}, None),
        ("get_relational_database", ORDERS, {"relationalDatabase.state": "stopped"}),
        (
            "get_relational_database_snapshot",
            {"relationalDatabaseSnapshotName": "s"},
            {
                "*.[state, sizeInGb, engine, fromRelationalDatabaseName]": [
                    ["available", 80, "postgres", "orders"]
                ]
            },
        ),
        ("start_relational_database", ORDERS, None),
        ("get_relational_databases", {}, {"*[].state": ["available"]}),
        ("delete_relational_database", {**ORDERS, "skipFinalSnapshot": True}, None),
        ("get_relational_database", ORDERS, GONE),
        (
            "create_relational_database_from_snapshot",
            {
                "relationalDatabaseName": "again",
                "relationalDatabaseSnapshotName": "s",
                "relationalDatabaseBundleId": "large_2_0",
            },
            None,
        ),
        (
            "get_relational_databases",
            {},
            {
                "*[].[name, relationalDatabaseBundleId, masterUsername, engine]": [
                    ["again", "large_2_0", "admin", "postgres"]
                ]
            },
        ),
        (
            "create_relational_database_from_snapshot",
            {"relationalDatabaseName": "third", "sourceRelationalDatabaseName": "again"},
            None,
        ),
        ("create_relational_database_from_snapshot", {"relationalDatabaseName": "fourth"}, WRONG),
        (
            "get_relational_database",
            {"relationalDatabaseName": "third"},
            {"relationalDatabase.hardware.ramSizeInGb": 8.0},
        ),
        (
            "delete_relational_database",
            {"relationalDatabaseName": "third", "finalRelationalDatabaseSnapshotName": "last"},
            None,
        ),
        ("delete_relational_database_snapshot", {"relationalDatabaseSnapshotName": "s"}, None),
        (
            "get_relational_database_snapshots",
            {},
            {"*[].[name, fromRelationalDatabaseName]": [["last", "third"]]},
        ),
    ],
    "a container service": [
        (
            "create_container_service",
            {"serviceName": "api", "power": "micro", "scale": 1},
            {"containerService.powerId": "micro-1"},
        ),
        (
            "get_container_services",
            {"serviceName": "api"},
            {"*[].[state, currentDeployment]": [["READY", None]]},
        ),
        (
            "create_container_service_deployment",
            {"serviceName": "api", **CONTAINERS},
            {"containerService.state": "RUNNING"},
        ),
        (
            "get_container_services",
            {},
            {
                "*[].[state, nextDeployment]": [["RUNNING", None]],
                "*[].currentDeployment.[version, state]": [[1, "ACTIVE"]],
                "*[].currentDeployment.publicEndpoint.healthCheck.path": ["/"],
            },
        ),
        ("create_container_service_deployment", {"serviceName": "api", **CONTAINERS}, None),
        (
            "get_container_service_deployments",
            {"serviceName": "api"},
            {"*[].[version, state]": [[2, "ACTIVE"], [1, "INACTIVE"]]},
        ),
        (
            "get_container_log",
            {"serviceName": "api", "containerName": "app"},
            {"length(logEvents)": 2},
        ),
        (
            "get_container_log",
            {"serviceName": "api", "containerName": "app", "filterPattern": "ACTIVE"},
            {"logEvents[].message": ["[1] INACTIVE", "[2] ACTIVE"]},
        ),
        (
            "get_container_log",
            {"serviceName": "api", "containerName": "app", "filterPattern": "-INACTIVE"},
            {"logEvents[].message": ["[2] ACTIVE"]},
        ),
        (
            "get_container_log",
            {"serviceName": "api", "containerName": "app", "filterPattern": "?[1] ?none"},
            {"logEvents[].message": ["[1] INACTIVE"]},
        ),
        (
            "get_container_log",
            {"serviceName": "api", "containerName": "app", "filterPattern": "ACTIVE none"},
            {"logEvents[].message": []},
        ),
        (
            "get_container_log",
            {"serviceName": "api", "containerName": "app", "endTime": 1500000000},
            {"logEvents[].message": []},
        ),
        (
            "get_container_log",
            {"serviceName": "api", "containerName": "app", "startTime": 4000000000},
            {"logEvents[].message": []},
        ),
        (
            "register_container_image",
            {"serviceName": "api", "label": "app", "digest": "sha256:1"},
            {"containerImage.image": ":api.app.1"},
        ),
        (
            "register_container_image",
            {"serviceName": "api", "label": "app", "digest": "sha256:2"},
            {"containerImage.image": ":api.app.2"},
        ),
        (
            "get_container_images",
            {"serviceName": "api"},
            {"*[].image": [":api.app.2", ":api.app.1"]},
        ),
        ("delete_container_image", {"serviceName": "api", "image": ":api.app.1"}, None),
        (
            "get_container_images",
            {"serviceName": "api"},
            {"*[].[image, digest]": [[":api.app.2", "sha256:2"]]},
        ),
        ("update_container_service", {"serviceName": "api", "power": "huge"}, WRONG),
        (
            "update_container_service",
            {
                "serviceName": "api",
                "isDisabled": True,
                "scale": 2,
                "privateRegistryAccess": {"ecrImagePullerRole": {"isActive": True}},
            },
            None,
        ),
        (
            "get_container_services",
            {"serviceName": "api"},
            {
                "*[].[state, scale]": [["DISABLED", 2]],
                "*[].privateRegistryAccess.ecrImagePullerRole.isActive": [True],
            },
        ),
        (
            "update_container_service",
            {"serviceName": "api", "isDisabled": False},
            {"containerService.state": "RUNNING"},
        ),
        ("delete_container_service", {"serviceName": "api"}, None),
        ("get_container_services", {"serviceName": "api"}, GONE),
    ],
    "a container service with a deployment": [
        (
            "create_container_service",
            {"serviceName": "api", "power": "nano", "scale": 1, "deployment": CONTAINERS},
            {"containerService.state": "RUNNING"},
        ),
        (
            "get_container_services",
            {},
            {"*[].currentDeployment.containers.app.image": ["nginx:latest"]},
        ),
    ],
    "a bucket": [
        (
            "create_bucket",
            {"bucketName": "assets", "bundleId": "small_1_0", "enableObjectVersioning": True},
            {
                "bucket.url": "https://assets.s3.us-west-2.amazonaws.com/",
                "bucket.state.code": "OK",
                "bucket.objectVersioning": "Enabled",
            },
        ),
        (
            "update_bucket",
            {
                "bucketName": "assets",
                "accessRules": {"getObject": "public"},
                "versioning": "Suspended",
            },
            None,
        ),
        (
            "get_buckets",
            {"bucketName": "assets"},
            {
                "buckets[].accessRules": [{"getObject": "public", "allowPublicOverrides": False}],
                "buckets[].objectVersioning": ["Suspended"],
                "buckets[].cors": [],
                "accountLevelBpaSync.status": "Defaulted",
            },
        ),
        ("update_bucket_bundle", {"bucketName": "assets", "bundleId": "medium_1_0"}, None),
        (
            "get_buckets",
            {"includeCors": True},
            {
                "buckets[].[bundleId, ableToUpdateBundle, cors]": [
                    ["medium_1_0", False, {"rules": []}]
                ]
            },
        ),
        WEB,
        (
            "set_resource_access_for_bucket",
            {"bucketName": "assets", "resourceName": "web", "access": "allow"},
            None,
        ),
        (
            "get_buckets",
            {"includeConnectedResources": True},
            {"buckets[].resourcesReceivingAccess[]": [{"name": "web", "resourceType": "Instance"}]},
        ),
        (
            "set_resource_access_for_bucket",
            {"bucketName": "assets", "resourceName": "web", "access": "deny"},
            None,
        ),
        (
            "get_buckets",
            {"includeConnectedResources": True},
            {"buckets[].resourcesReceivingAccess[]": []},
        ),
        (
            "create_bucket_access_key",
            {"bucketName": "assets"},
            {
                "accessKey.status": "Active",
                "starts_with(accessKey.secretAccessKey, 'a-fake-')": True,
            },
        ),
        ("delete_bucket", {"bucketName": "assets"}, WRONG),
        ("delete_bucket", {"bucketName": "assets", "forceDelete": True}, None),
        ("get_buckets", {"bucketName": "assets"}, GONE),
    ],
    "a certificate": [
        (
            "create_certificate",
            {
                "certificateName": "tls",
                "domainName": "example.com",
                "subjectAlternativeNames": ["www.example.com"],
            },
            {"certificate.certificateDetail.status": "PENDING_VALIDATION"},
        ),
        (
            "get_certificates",
            {"includeCertificateDetails": True},
            {
                "*[].certificateDetail.domainValidationRecords[].resourceRecord.type": [
                    "CNAME",
                    "CNAME",
                ],
                "*[].certificateDetail.issuedAt": [],
            },
        ),
        ("get_certificates", {"certificateStatuses": ["ISSUED"]}, {"certificates": []}),
        ("issue_certificate", {"name": "tls"}, None),
        (
            "get_certificates",
            {"certificateStatuses": ["ISSUED"]},
            {"*[].[domainName, certificateDetail]": [["example.com", None]]},
        ),
        (
            "get_certificates",
            {"certificateName": "tls", "includeCertificateDetails": True},
            {
                "*[].certificateDetail.[status, issuerCA, inUseResourceCount]": [
                    ["ISSUED", "Amazon", 0]
                ]
            },
        ),
        (
            "get_certificates",
            {"certificateName": "tls"},
            {
                "*[].certificateDetail.subjectAlternativeNames[]": [
                    "example.com",
                    "www.example.com",
                ]
            },
        ),
        (
            "create_container_service",
            {
                "serviceName": "api",
                "power": "nano",
                "scale": 1,
                "publicDomainNames": {"tls": ["example.com"]},
            },
            {"containerService.publicDomainNames": {"tls": ["example.com"]}},
        ),
        ("delete_certificate", {"certificateName": "tls"}, WRONG),
        (
            "update_container_service",
            {"serviceName": "api", "publicDomainNames": {"tls": []}},
            {"containerService.state": "READY"},
        ),
        ("get_container_services", {}, {"*[].publicDomainNames": [{}]}),
        ("delete_certificate", {"certificateName": "tls"}, None),
        ("get_certificates", {}, {"certificates": []}),
    ],
    "a distribution": [
        ("create_bucket", {"bucketName": "assets", "bundleId": "small_1_0"}, None),
        (
            "create_distribution",
            {
                "distributionName": "cdn",
                "origin": {"name": "assets"},
                "defaultCacheBehavior": {"behavior": "cache"},
                "bundleId": "small_1_0",
            },
            {
                "distribution.[status, originPublicDNS]": [
                    "Deployed",
                    "assets.s3.us-east-1.amazonaws.com",
                ],
                "distribution.origin.[resourceType, protocolPolicy]": ["Bucket", "http-only"],
                "distribution.location.regionName": "global",
                "operation.operationType": "CreateDistribution",
            },
        ),
        (
            "update_distribution",
            {
                "distributionName": "cdn",
                "isEnabled": False,
                "cacheBehaviorSettings": {"defaultTTL": 60},
            },
            None,
        ),
        (
            "get_distributions",
            {"distributionName": "cdn"},
            {
                "*[].[isEnabled, cacheBehaviorSettings.[defaultTTL, maximumTTL]]": [
                    [False, [60, 31536000]]
                ]
            },
        ),
        (
            "create_instances",
            {
                "instanceNames": ["web"],
                "blueprintId": "debian_12",
                "bundleId": "nano_3_0",
                "availabilityZone": "us-east-1a",
            },
            None,
        ),
        ("update_distribution", {"distributionName": "cdn", "origin": {"name": "web"}}, None),
        (
            "get_distributions",
            {},
            {"*[].[origin.resourceType, originPublicDNS]": [["Instance", "198.18.0.4"]]},
        ),
        ("create_load_balancer", {"loadBalancerName": "front", "instancePort": 80}, None),
        ("update_distribution", {"distributionName": "cdn", "origin": {"name": "front"}}, None),
        (
            "get_distributions",
            {},
            {
                "*[].origin.[resourceType, regionName]": [["LoadBalancer", "us-east-1"]],
                "ends_with(distributions[0].originPublicDNS, '.elb.amazonaws.com')": True,
            },
        ),
        ("get_distribution_latest_cache_reset", {"distributionName": "cdn"}, {"status": None}),
        ("reset_distribution_cache", {"distributionName": "cdn"}, None),
        (
            "get_distribution_latest_cache_reset",
            {"distributionName": "cdn"},
            {"status": "Complete"},
        ),
        ("create_certificate", {"certificateName": "tls", "domainName": "example.com"}, None),
        (
            "attach_certificate_to_distribution",
            {"distributionName": "cdn", "certificateName": "tls"},
            WRONG,
        ),
        ("issue_certificate", {"name": "tls"}, None),
        (
            "attach_certificate_to_distribution",
            {"distributionName": "cdn", "certificateName": "tls"},
            None,
        ),
        (
            "get_distributions",
            {},
            {"*[].[certificateName, alternativeDomainNames]": [["tls", ["example.com"]]]},
        ),
        (
            "get_certificates",
            {"includeCertificateDetails": True},
            {"*[].certificateDetail.inUseResourceCount": [1]},
        ),
        ("delete_certificate", {"certificateName": "tls"}, WRONG),
        ("detach_certificate_from_distribution", {"distributionName": "cdn"}, None),
        ("get_distributions", {}, {"*[].[certificateName, alternativeDomainNames]": [[None, []]]}),
        (
            "attach_certificate_to_distribution",
            {"distributionName": "cdn", "certificateName": "tls"},
            None,
        ),
        (
            "update_distribution",
            {"distributionName": "cdn", "useDefaultCertificate": True, "enableWaf": True},
            None,
        ),
        ("get_distributions", {}, {"*[].[certificateName, waf.isWafEnabled]": [[None, True]]}),
        (
            "update_distribution",
            {"distributionName": "cdn", "wafRules": [{"name": "bots"}]},
            None,
        ),
        (
            "get_distributions",
            {},
            {"*[].waf": [{"isWafEnabled": True, "wafRules": [{"name": "bots"}]}]},
        ),
        ("update_distribution_bundle", {"distributionName": "cdn", "bundleId": "huge_1_0"}, WRONG),
        ("update_distribution_bundle", {"distributionName": "cdn", "bundleId": "medium_1_0"}, None),
        ("update_distribution_bundle", {"distributionName": "cdn", "bundleId": "large_1_0"}, WRONG),
        ("get_distributions", {}, {"*[].bundleId": ["medium_1_0"]}),
        ("delete_distribution", {"distributionName": "cdn"}, None),
        ("get_distributions", {}, {"distributions": []}),
    ],
    "an alarm": [
        WEB,
        ("put_alarm", {**ALARM, "threshold": 80}, None),
        (
            "get_alarms",
            {"alarmName": "busy"},
            {
                "*[].[period, statistic, unit, state]": [
                    [300, "Average", "Percent", "INSUFFICIENT_DATA"]
                ],
                "*[].[threshold, datapointsToAlarm, treatMissingData]": [[80.0, 2, "missing"]],
                "*[].monitoredResourceInfo.[name, resourceType]": [["web", "Instance"]],
            },
        ),
        ("put_alarm", {**ALARM, "threshold": 90, "tags": TAGS}, None),
        ("test_alarm", {"alarmName": "busy", "state": "ALARM"}, None),
        (
            "get_alarms",
            {"monitoredResourceName": "web"},
            {"*[].[threshold, state, tags]": [[90.0, "ALARM", TAGS]]},
        ),
        ("get_alarms", {"monitoredResourceName": "other"}, {"alarms": []}),
        ("put_alarm", {**ALARM, "threshold": 1, "monitoredResourceName": "none"}, GONE),
        ("delete_alarm", {"alarmName": "busy"}, None),
        ("get_alarms", {}, {"alarms": []}),
    ],
    "a contact method": [
        ("create_contact_method", {"protocol": "Email", "contactEndpoint": "a@example.com"}, None),
        (
            "get_contact_methods",
            {},
            {
                "*[].[protocol, status, contactEndpoint]": [
                    ["Email", "PendingVerification", "a@example.com"]
                ]
            },
        ),
        ("get_contact_methods", {"protocols": ["SMS"]}, {"contactMethods": []}),
        ("send_contact_method_verification", {"protocol": "Email"}, None),
        ("delete_contact_method", {"protocol": "Email"}, None),
        ("get_contact_methods", {}, {"contactMethods": []}),
    ],
    "a subdomain": [
        (
            "check_subdomain_availability",
            {"subdomainName": "shop", "reserve": True},
            {"available": True},
        ),
        ("create_subdomain", {"subdomainName": "shop"}, {"subdomain.state": "UNATTACHED"}),
        (
            "check_subdomain_availability",
            {"subdomainName": "shop", "reserve": True},
            {"reservationExpiresAt": None},
        ),
        (
            "update_subdomain_association",
            {"subdomainName": "shop", "action": "ASSOCIATE", "targetResourceArn": "arn:x"},
            GONE,
        ),
        ("get_subdomains", {"subdomainName": "shop"}, {"*[].subdomainName": ["shop"]}),
        ("delete_subdomain", {"subdomainName": "shop"}, None),
        ("get_subdomains", {"subdomainName": "shop"}, GONE),
    ],
    "a VPC": [
        ("is_vpc_peered", {}, {"isPeered": False}),
        ("unpeer_vpc", {}, GONE),
        ("peer_vpc", {}, {"operation.operationType": "PeeredVpc"}),
        ("is_vpc_peered", {}, {"isPeered": True}),
        ("peer_vpc", {}, None),
        ("unpeer_vpc", {}, {"operation.operationType": "UnpeeredVpc"}),
        ("is_vpc_peered", {}, {"isPeered": False}),
    ],
    "a GUI session": [
        WEB,
        (
            "create_gui_session_access_details",
            {"resourceName": "web"},
            {"[status, sessions]": ["notStarted", []]},
        ),
        ("start_gui_session", {"resourceName": "web"}, None),
        (
            "create_gui_session_access_details",
            {"resourceName": "web"},
            {
                "[status, percentageComplete]": ["started", 100],
                "sessions[*].[name, isPrimary]": [["desktop", True]],
                "starts_with(sessions[0].url, 'https://')": True,
            },
        ),
        ("stop_gui_session", {"resourceName": "web"}, None),
        ("create_gui_session_access_details", {"resourceName": "web"}, {"percentageComplete": 0}),
    ],
    "HTTPS": [
        WEB,
        (
            "setup_instance_https",
            {
                **INSTANCE,
                "emailAddress": "a@example.com",
                "domainNames": ["example.com"],
                "certificateProvider": "LetsEncrypt",
            },
            None,
        ),
        (
            "get_setup_history",
            {"resourceName": "web"},
            {
                "*[].[status, resource.name, request.domainNames]": [
                    ["succeeded", "web", ["example.com"]]
                ]
            },
        ),
        (
            "get_instance_port_states",
            INSTANCE,
            {
                "portStates[*].fromPort": [80, 22, 443],
                "portStates[-1].[fromPort, toPort, protocol]": [443, 443, "tcp"],
            },
        ),
    ],
    "tags": [
        DATA,
        ("tag_resource", {"resourceName": "data", "tags": [*TAGS, {"key": "only"}]}, None),
        ("get_disk", DISK, {"disk.tags": [*TAGS, {"key": "only"}]}),
        ("untag_resource", {"resourceName": "data", "tagKeys": ["team"]}, None),
        ("get_disk", DISK, {"disk.tags": [{"key": "only"}]}),
        ("delete_disk", DISK, None),
        DATA,
        ("get_disk", DISK, {"disk.tags": []}),
    ],
}


@pytest.mark.parametrize("story", STORIES)
def test_a_program_reads_back_what_it_wrote(
    mocked: Lightsail, connect: Callable[[str], Any], story: str
) -> None:
    state_manager.set_transition("lightsail::operation", {"progression": "immediate"})
    region = "us-east-1" if story in {"a distribution", "a domain"} else "us-west-2"
    client = connect(region)
    for number, (method, parameters, expected) in enumerate(STORIES[story]):
        step = f"{number}: {method}({parameters})"
        if method == "issue_certificate":
            mocked.issue_certificate(**parameters)
        elif isinstance(expected, str):
            with pytest.raises(ClientError) as caught:
                getattr(client, method)(**parameters)
            assert caught.value.response["Error"]["Code"] == expected, step
        else:
            response = getattr(client, method)(**parameters)
            del response["ResponseMetadata"]
            for path, value in (expected or {}).items():
                assert jmespath.search(path, response) == value, f"{step}: {path}"
