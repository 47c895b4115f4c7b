"""The open enums: the vocabulary they list, and how they take the words that they do not."""

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
def test_every_word_of_the_reference_page_is_a_member(of: Any) -> None:
    count, text = REFERENCE[of]
    words = text.split()
    assert len(words) == count
    assert [word for word in words if not of(word).is_known] == []


@pytest.mark.parametrize(("of", "words"), DOCUMENTED.items())
def test_every_word_of_the_documented_outputs_is_a_member(of: Any, words: list[str]) -> None:
    assert [word for word in words if not of(word).is_known] == []


@each_enum
def test_every_word_of_the_installed_botocore_is_a_member(
    of: Any, session: boto3.session.Session
) -> None:
    model = session._session.get_service_model("lightsail")
    added = [word for word in model.shape_for(of.__name__).enum if not of(word).is_known]
    lines = "".join(f'    {xform_name(word).upper()} = "{word}"\n' for word in added)
    assert not added, f"AWS has added values; add to {of.__name__} in enums.py:\n{lines}"


@each_enum
def test_a_member_is_named_as_botocore_would_name_it(of: Any) -> None:
    assert {member.name: str(member.value) for member in of} == {
        xform_name(member.value).upper().replace("-", "_"): member.value for member in of
    }


def test_names_are_easy_to_guess() -> None:
    assert OperationType.CREATE_INSTANCE.value == "CreateInstance"
    assert OperationType.START_GUI_SESSION.value == "StartGUISession"
    assert RegionName.US_WEST_2.value == "us-west-2"
    assert RegionName.GLOBAL.value == "global"


@each_enum
def test_no_two_members_have_one_word(of: Any) -> None:
    assert len(of.__members__) == len(list(of))


class TestAMember:
    def test_is_known(self) -> None:
        assert all(member.is_known for of in ENUMS for member in of)

    def test_is_the_one_that_its_text_gives(self) -> None:
        assert OperationStatus("Failed") is OperationStatus.FAILED

    def test_shows_its_name_and_text(self) -> None:
        assert repr(OperationStatus.FAILED) == "<OperationStatus.FAILED: 'Failed'>"

    @each_enum
    def test_comes_back_as_itself(self, of: Any, same_after: list[Callable[[Any], Any]]) -> None:
        assert all(back(member) is member for back in same_after for member in of)


class TestAnUnknownWord:
    @each_enum
    def test_is_of_the_enum(self, of: Any) -> None:
        assert type(of("Brand-New")) is of

    @each_enum
    def test_is_not_known(self, of: Any) -> None:
        assert not of("Brand-New").is_known

    @pytest.mark.parametrize("text", ["BrandNew", "", " ", "FAILED", "failed", "\ud800", "a\0b"])
    def test_keeps_its_text(self, text: str) -> None:
        word = OperationStatus(text)
        assert word.value == text
        assert type(word.value) is str
        assert word == text
        assert hash(word) == hash(text)
        assert str(word) == text
        assert f"{word}" == text
        assert word.name == text

    def test_is_equal_to_the_same_word_and_to_no_other(self) -> None:
        assert OperationStatus("New") == OperationStatus("New")
        assert OperationStatus("New") != OperationStatus("Newer")
        assert {OperationStatus("New"): 1}["New"] == 1  # type: ignore[index]

    def test_is_not_among_the_members(self) -> None:
        before = list(OperationType)
        unknown = OperationType("BrandNew")
        assert unknown not in list(OperationType)
        assert list(OperationType) == before
        assert "BrandNew" not in OperationType.__members__

    def test_shows_that_it_is_unknown(self) -> None:
        assert repr(OperationType("BrandNew")) == "<OperationType: 'BrandNew' (unknown)>"

    def test_comes_back_as_itself(self, same_after: list[Callable[[Any], Any]]) -> None:
        word = OperationType("BrandNew")
        for back in same_after:
            again = back(word)
            assert (again, type(again), again.is_known) == (word, OperationType, False)

    def test_is_plain_text_to_json(self) -> None:
        assert json.dumps({"type": OperationType("BrandNew")}) == '{"type": "BrandNew"}'

    def test_can_be_another_enums_member(self) -> None:
        word = OperationType(OperationStatus.FAILED)  # type: ignore[arg-type]
        assert (type(word), type(word.value), word.value) == (OperationType, str, "Failed")

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
        assert grown < 20_000  # less than a byte for each


@each_enum
@pytest.mark.parametrize("value", [None, 1, 1.5, True, b"Failed", ["Failed"], {}, object()])
def test_what_is_no_text_is_no_word(of: Any, value: object) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        of(value)


def test_an_enum_needs_nothing_of_ours_or_of_botocore() -> None:
    imported = sys.modules["lightsail_ops.enums"].__dict__.values()
    assert {module.__name__ for module in imported if type(module) is type(sys)} == set()
