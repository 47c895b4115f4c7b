"""The open enums: the values that they list, and how they take the values that they do not."""

from __future__ import annotations

import enum
import gc
import json
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import boto3.session
import pytest
from botocore import xform_name

from lightsail_ops import OperationStatus, OperationType, RegionName, ResourceType

ENUMS = (RegionName, ResourceType, OperationType, OperationStatus)
each_enum = pytest.mark.parametrize("of", ENUMS, ids=lambda of: of.__name__)

# What the reference page of get_operations lists.
REFERENCE: dict[type[enum.StrEnum], tuple[int, str]] = {
    RegionName: (15, """
    us-east-1 us-east-2 us-west-1 us-west-2 eu-west-1 eu-west-2 eu-west-3 eu-central-1
    ca-central-1 ap-south-1 ap-southeast-1 ap-southeast-2 ap-northeast-1 ap-northeast-2 eu-north-1
    """),
    ResourceType: (20, """
    ContainerService Instance StaticIp KeyPair InstanceSnapshot Domain PeeredVpc LoadBalancer
    LoadBalancerTlsCertificate Disk DiskSnapshot RelationalDatabase RelationalDatabaseSnapshot
    ExportSnapshotRecord CloudFormationStackRecord Alarm ContactMethod Distribution Certificate
    Bucket
    """),
    OperationType: (83, """
    DeleteKnownHostKeys DeleteInstance CreateInstance StopInstance StartInstance RebootInstance
    OpenInstancePublicPorts PutInstancePublicPorts CloseInstancePublicPorts AllocateStaticIp
    ReleaseStaticIp AttachStaticIp DetachStaticIp UpdateDomainEntry DeleteDomainEntry
    CreateDomain DeleteDomain CreateInstanceSnapshot DeleteInstanceSnapshot
    CreateInstancesFromSnapshot CreateLoadBalancer DeleteLoadBalancer
    AttachInstancesToLoadBalancer DetachInstancesFromLoadBalancer UpdateLoadBalancerAttribute
    CreateLoadBalancerTlsCertificate DeleteLoadBalancerTlsCertificate
    AttachLoadBalancerTlsCertificate CreateDisk DeleteDisk AttachDisk DetachDisk
    CreateDiskSnapshot DeleteDiskSnapshot CreateDiskFromSnapshot CreateRelationalDatabase
    UpdateRelationalDatabase DeleteRelationalDatabase CreateRelationalDatabaseFromSnapshot
    CreateRelationalDatabaseSnapshot DeleteRelationalDatabaseSnapshot
    UpdateRelationalDatabaseParameters StartRelationalDatabase RebootRelationalDatabase
    StopRelationalDatabase EnableAddOn DisableAddOn PutAlarm GetAlarms DeleteAlarm TestAlarm
    CreateContactMethod GetContactMethods SendContactMethodVerification DeleteContactMethod
    CreateDistribution UpdateDistribution DeleteDistribution ResetDistributionCache
    AttachCertificateToDistribution DetachCertificateFromDistribution UpdateDistributionBundle
    SetIpAddressType CreateCertificate DeleteCertificate CreateContainerService
    UpdateContainerService DeleteContainerService CreateContainerServiceDeployment
    CreateContainerServiceRegistryLogin RegisterContainerImage DeleteContainerImage CreateBucket
    DeleteBucket CreateBucketAccessKey DeleteBucketAccessKey UpdateBucketBundle UpdateBucket
    SetResourceAccessForBucket UpdateInstanceMetadataOptions StartGUISession StopGUISession
    SetupInstanceHttps
    """),
    OperationStatus: (5, """
    NotStarted Started Failed Completed Succeeded
    """),
}  # fmt: skip

# What AWS's documented outputs show, and no botocore model lists.
DOCUMENTED = {
    OperationType: [
        "CopySnapshot",
        "CreateKeyPair",
        "DeleteKeyPair",
        "CreateDomainEntry",
        "DeleteAutoSnapshot",
        "PeeredVpc",
        "UnpeeredVpc",
    ],
    RegionName: ["global"],
}


@each_enum
def test_every_value_of_the_reference_page_is_a_member(of: Any) -> None:
    count, listed = REFERENCE[of]
    values = listed.split()
    assert len(values) == count
    assert [value for value in values if not of(value).is_known] == []


@pytest.mark.parametrize(("of", "values"), DOCUMENTED.items())
def test_every_value_of_the_documented_outputs_is_a_member(of: Any, values: list[str]) -> None:
    assert [value for value in values if not of(value).is_known] == []


@each_enum
def test_every_value_of_the_installed_botocore_is_a_member(
    of: Any, session: boto3.session.Session
) -> None:
    core: Any = session._session
    shape = core.get_service_model("lightsail").shape_for(of.__name__)
    added = [value for value in shape.enum if not of(value).is_known]
    lines = "".join(f'    {to_name(value)} = "{value}"\n' for value in added)
    assert not added, f"AWS has added values; add to {of.__name__} in enums.py:\n{lines}"


@each_enum
def test_a_member_has_the_name_that_botocore_would_give_it(of: Any) -> None:
    assert {member.name: str(member.value) for member in of} == {
        to_name(member.value): member.value for member in of
    }


def to_name(value: str) -> str:
    return xform_name(value).upper().replace("-", "_")


def test_names_are_easy_to_guess() -> None:
    assert OperationType.CREATE_INSTANCE.value == "CreateInstance"
    assert OperationType.START_GUI_SESSION.value == "StartGUISession"
    assert RegionName.US_WEST_2.value == "us-west-2"
    assert RegionName.GLOBAL.value == "global"


@each_enum
def test_no_two_members_have_the_same_value(of: Any) -> None:
    assert len(of.__members__) == len(list(of))


class TestAMember:
    def test_is_known(self) -> None:
        assert all(member.is_known for of in ENUMS for member in of)

    def test_is_the_one_of_its_string(self) -> None:
        assert OperationStatus("Failed") is OperationStatus.FAILED

    def test_has_a_repr_with_its_name_and_string(self) -> None:
        assert repr(OperationStatus.FAILED) == "<OperationStatus.FAILED: 'Failed'>"

    @each_enum
    def test_can_be_copied_and_pickled(
        self, of: Any, same_after: list[Callable[[Any], Any]]
    ) -> None:
        assert all(back(member) is member for back in same_after for member in of)


class TestAnUnknownValue:
    @each_enum
    def test_is_of_the_enum(self, of: Any) -> None:
        assert type(of("Brand-New")) is of

    @each_enum
    def test_is_not_known(self, of: Any) -> None:
        assert not of("Brand-New").is_known

    @pytest.mark.parametrize("string", ["BrandNew", "", " ", "FAILED", "failed", "\ud800", "a\0b"])
    def test_keeps_its_string(self, string: str) -> None:
        unknown: Any = OperationStatus(string)
        assert unknown.value == string
        assert type(unknown.value) is str
        assert unknown == string
        assert hash(unknown) == hash(string)
        assert str(unknown) == string
        assert f"{unknown}" == string
        assert unknown.name == string

    def test_is_equal_to_the_same_value_and_to_no_other(self) -> None:
        assert OperationStatus("New") == OperationStatus("New")
        assert OperationStatus("New") != OperationStatus("Newer")
        by_string: dict[str, int] = {OperationStatus("New"): 1}
        assert by_string["New"] == 1

    def test_is_not_among_the_members(self) -> None:
        before = list(OperationType)
        unknown = OperationType("BrandNew")
        assert unknown not in list(OperationType)
        assert list(OperationType) == before
        assert "BrandNew" not in OperationType.__members__

    def test_has_a_repr_that_says_so(self) -> None:
        assert repr(OperationType("BrandNew")) == "<OperationType: 'BrandNew' (unknown)>"

    def test_can_be_copied_and_pickled(self, same_after: list[Callable[[Any], Any]]) -> None:
        unknown = OperationType("BrandNew")
        for back in same_after:
            again = back(unknown)
            assert (again, type(again), again.is_known) == (unknown, OperationType, False)

    def test_is_a_string_in_json(self) -> None:
        assert json.dumps({"type": OperationType("BrandNew")}) == '{"type": "BrandNew"}'

    def test_can_be_made_of_another_enums_member(self) -> None:
        unknown = OperationType(OperationStatus.FAILED)
        assert (type(unknown), type(unknown.value)) == (OperationType, str)
        assert unknown.value == "Failed"

    def test_leaves_no_memory_behind(self) -> None:
        for number in range(1000):
            OperationType(f"warm {number}")
        gc.collect()
        tracemalloc.start()
        try:
            for number in range(20_000):
                OperationType(f"different {number}")
            gc.collect()
            grown, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert grown < 100_000  # 5 bytes for each; what is kept takes a hundred


@each_enum
@pytest.mark.parametrize("value", [None, 1, 1.5, True, b"Failed", ["Failed"], {}, object()])
def test_another_type_than_str_is_a_value_error(of: Any, value: object) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        of(value)


def test_the_module_imports_nothing_of_this_package_or_of_botocore() -> None:
    imported = sys.modules["lightsail_ops.enums"].__dict__.values()
    assert {module.__name__ for module in imported if type(module) is type(sys)} == set()
