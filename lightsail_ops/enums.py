"""The four open enums of a Lightsail operation.

AWS keeps adding values, and its own documented outputs hold values that no botocore model lists.
So every enum here accepts any string: a value that is not a member keeps its string, and its
`is_known` is False. `tests/unit/test_enums.py` compares the members with the installed botocore and
prints the lines to add.

Example:
    status = OperationStatus("Failed")
    assert status is OperationStatus.FAILED and status == "Failed"
    assert not OperationStatus("Paused").is_known
"""

from enum import StrEnum
from typing import Self

__all__ = ["OperationStatus", "OperationType", "RegionName", "ResourceType"]


class OpenStrEnum(StrEnum):
    """A `StrEnum` that accepts any string: one that is not a member becomes an unknown value.

    An unknown value has the enum's own type. It is equal to its string and hashes like it, it can
    be pickled and copied, and it is not among the members. Each call makes a new one, so compare
    unknown values with `==`; members can be compared with `is`.

    Raises:
        ValueError: the value is not a `str`.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None  # Enum turns this into a ValueError
        string = str.__str__(value)  # a plain str, also where the value is another enum's
        unknown = str.__new__(cls, string)
        unknown._name_ = unknown._value_ = string
        return unknown

    @property
    def is_known(self) -> bool:
        """True if the value is a member, which this version of the library lists."""
        return self._value_ in type(self)._value2member_map_

    def __repr__(self) -> str:
        if self.is_known:
            return f"<{type(self).__name__}.{self._name_}: {self._value_!r}>"
        return f"<{type(self).__name__}: {self._value_!r} (unknown)>"

    # Enum's own pickling differs between Python versions, and one of them looks the name up.
    def __reduce_ex__(self, protocol: object) -> tuple[type[Self], tuple[str]]:
        return type(self), (self._value_,)


class ResourceType(OpenStrEnum):
    """The type of a resource: `resourceType` of `Operation` in the Lightsail API reference.

    Example:
        kind = client.get_operations()[0].resource_type
        if kind is ResourceType.INSTANCE:
            print("an instance")
    """

    CONTAINER_SERVICE = "ContainerService"
    INSTANCE = "Instance"
    STATIC_IP = "StaticIp"
    KEY_PAIR = "KeyPair"
    INSTANCE_SNAPSHOT = "InstanceSnapshot"
    DOMAIN = "Domain"
    PEERED_VPC = "PeeredVpc"
    LOAD_BALANCER = "LoadBalancer"
    LOAD_BALANCER_TLS_CERTIFICATE = "LoadBalancerTlsCertificate"
    DISK = "Disk"
    DISK_SNAPSHOT = "DiskSnapshot"
    RELATIONAL_DATABASE = "RelationalDatabase"
    RELATIONAL_DATABASE_SNAPSHOT = "RelationalDatabaseSnapshot"
    EXPORT_SNAPSHOT_RECORD = "ExportSnapshotRecord"
    CLOUD_FORMATION_STACK_RECORD = "CloudFormationStackRecord"
    ALARM = "Alarm"
    CONTACT_METHOD = "ContactMethod"
    DISTRIBUTION = "Distribution"
    CERTIFICATE = "Certificate"
    BUCKET = "Bucket"
    SUBDOMAIN = "Subdomain"


class OperationType(OpenStrEnum):
    """The type of an operation: `operationType` of `Operation` in the Lightsail API reference.

    It also has the values that only AWS's documented outputs show.

    Example:
        kind = OperationType("CreateInstance")
        assert kind is OperationType.CREATE_INSTANCE
        assert OperationType("ComeLater") == "ComeLater"
    """

    DELETE_KNOWN_HOST_KEYS = "DeleteKnownHostKeys"
    DELETE_INSTANCE = "DeleteInstance"
    CREATE_INSTANCE = "CreateInstance"
    STOP_INSTANCE = "StopInstance"
    START_INSTANCE = "StartInstance"
    REBOOT_INSTANCE = "RebootInstance"
    OPEN_INSTANCE_PUBLIC_PORTS = "OpenInstancePublicPorts"
    PUT_INSTANCE_PUBLIC_PORTS = "PutInstancePublicPorts"
    CLOSE_INSTANCE_PUBLIC_PORTS = "CloseInstancePublicPorts"
    ALLOCATE_STATIC_IP = "AllocateStaticIp"
    RELEASE_STATIC_IP = "ReleaseStaticIp"
    ATTACH_STATIC_IP = "AttachStaticIp"
    DETACH_STATIC_IP = "DetachStaticIp"
    UPDATE_DOMAIN_ENTRY = "UpdateDomainEntry"
    DELETE_DOMAIN_ENTRY = "DeleteDomainEntry"
    CREATE_DOMAIN = "CreateDomain"
    DELETE_DOMAIN = "DeleteDomain"
    CREATE_INSTANCE_SNAPSHOT = "CreateInstanceSnapshot"
    DELETE_INSTANCE_SNAPSHOT = "DeleteInstanceSnapshot"
    CREATE_INSTANCES_FROM_SNAPSHOT = "CreateInstancesFromSnapshot"
    CREATE_LOAD_BALANCER = "CreateLoadBalancer"
    DELETE_LOAD_BALANCER = "DeleteLoadBalancer"
    ATTACH_INSTANCES_TO_LOAD_BALANCER = "AttachInstancesToLoadBalancer"
    DETACH_INSTANCES_FROM_LOAD_BALANCER = "DetachInstancesFromLoadBalancer"
    UPDATE_LOAD_BALANCER_ATTRIBUTE = "UpdateLoadBalancerAttribute"
    CREATE_LOAD_BALANCER_TLS_CERTIFICATE = "CreateLoadBalancerTlsCertificate"
    DELETE_LOAD_BALANCER_TLS_CERTIFICATE = "DeleteLoadBalancerTlsCertificate"
    ATTACH_LOAD_BALANCER_TLS_CERTIFICATE = "AttachLoadBalancerTlsCertificate"
    CREATE_DISK = "CreateDisk"
    DELETE_DISK = "DeleteDisk"
    ATTACH_DISK = "AttachDisk"
    DETACH_DISK = "DetachDisk"
    CREATE_DISK_SNAPSHOT = "CreateDiskSnapshot"
    DELETE_DISK_SNAPSHOT = "DeleteDiskSnapshot"
    CREATE_DISK_FROM_SNAPSHOT = "CreateDiskFromSnapshot"
    CREATE_RELATIONAL_DATABASE = "CreateRelationalDatabase"
    UPDATE_RELATIONAL_DATABASE = "UpdateRelationalDatabase"
    DELETE_RELATIONAL_DATABASE = "DeleteRelationalDatabase"
    CREATE_RELATIONAL_DATABASE_FROM_SNAPSHOT = "CreateRelationalDatabaseFromSnapshot"
    CREATE_RELATIONAL_DATABASE_SNAPSHOT = "CreateRelationalDatabaseSnapshot"
    DELETE_RELATIONAL_DATABASE_SNAPSHOT = "DeleteRelationalDatabaseSnapshot"
    UPDATE_RELATIONAL_DATABASE_PARAMETERS = "UpdateRelationalDatabaseParameters"
    START_RELATIONAL_DATABASE = "StartRelationalDatabase"
    REBOOT_RELATIONAL_DATABASE = "RebootRelationalDatabase"
    STOP_RELATIONAL_DATABASE = "StopRelationalDatabase"
    ENABLE_ADD_ON = "EnableAddOn"
    DISABLE_ADD_ON = "DisableAddOn"
    PUT_ALARM = "PutAlarm"
    GET_ALARMS = "GetAlarms"
    DELETE_ALARM = "DeleteAlarm"
    TEST_ALARM = "TestAlarm"
    CREATE_CONTACT_METHOD = "CreateContactMethod"
    GET_CONTACT_METHODS = "GetContactMethods"
    SEND_CONTACT_METHOD_VERIFICATION = "SendContactMethodVerification"
    DELETE_CONTACT_METHOD = "DeleteContactMethod"
    CREATE_DISTRIBUTION = "CreateDistribution"
    UPDATE_DISTRIBUTION = "UpdateDistribution"
    DELETE_DISTRIBUTION = "DeleteDistribution"
    RESET_DISTRIBUTION_CACHE = "ResetDistributionCache"
    ATTACH_CERTIFICATE_TO_DISTRIBUTION = "AttachCertificateToDistribution"
    DETACH_CERTIFICATE_FROM_DISTRIBUTION = "DetachCertificateFromDistribution"
    UPDATE_DISTRIBUTION_BUNDLE = "UpdateDistributionBundle"
    SET_IP_ADDRESS_TYPE = "SetIpAddressType"
    CREATE_CERTIFICATE = "CreateCertificate"
    DELETE_CERTIFICATE = "DeleteCertificate"
    CREATE_CONTAINER_SERVICE = "CreateContainerService"
    UPDATE_CONTAINER_SERVICE = "UpdateContainerService"
    DELETE_CONTAINER_SERVICE = "DeleteContainerService"
    CREATE_CONTAINER_SERVICE_DEPLOYMENT = "CreateContainerServiceDeployment"
    CREATE_CONTAINER_SERVICE_REGISTRY_LOGIN = "CreateContainerServiceRegistryLogin"
    REGISTER_CONTAINER_IMAGE = "RegisterContainerImage"
    DELETE_CONTAINER_IMAGE = "DeleteContainerImage"
    CREATE_BUCKET = "CreateBucket"
    DELETE_BUCKET = "DeleteBucket"
    CREATE_BUCKET_ACCESS_KEY = "CreateBucketAccessKey"
    DELETE_BUCKET_ACCESS_KEY = "DeleteBucketAccessKey"
    UPDATE_BUCKET_BUNDLE = "UpdateBucketBundle"
    UPDATE_BUCKET = "UpdateBucket"
    SET_RESOURCE_ACCESS_FOR_BUCKET = "SetResourceAccessForBucket"
    UPDATE_INSTANCE_METADATA_OPTIONS = "UpdateInstanceMetadataOptions"
    START_GUI_SESSION = "StartGUISession"
    STOP_GUI_SESSION = "StopGUISession"
    SETUP_INSTANCE_HTTPS = "SetupInstanceHttps"
    GET_PROFILE = "GetProfile"
    CREATE_SUBDOMAIN = "CreateSubdomain"
    UPDATE_SUBDOMAIN_ASSOCIATION = "UpdateSubdomainAssociation"
    DELETE_SUBDOMAIN = "DeleteSubdomain"
    # From AWS's documented outputs; no botocore model lists these.
    COPY_SNAPSHOT = "CopySnapshot"
    CREATE_KEY_PAIR = "CreateKeyPair"
    DELETE_KEY_PAIR = "DeleteKeyPair"
    CREATE_DOMAIN_ENTRY = "CreateDomainEntry"
    DELETE_AUTO_SNAPSHOT = "DeleteAutoSnapshot"
    PEERED_VPC = "PeeredVpc"
    UNPEERED_VPC = "UnpeeredVpc"


class OperationStatus(OpenStrEnum):
    """The status of an operation: `status` of `Operation` in the Lightsail API reference.

    `SUCCEEDED`, `COMPLETED` and `FAILED` are final. `Operation.is_terminal` is AWS's own flag.

    Example:
        status = client.get_operations()[0].status
        if status is OperationStatus.FAILED:
            print("it failed")
    """

    NOT_STARTED = "NotStarted"
    STARTED = "Started"
    FAILED = "Failed"
    COMPLETED = "Completed"
    SUCCEEDED = "Succeeded"


class RegionName(OpenStrEnum):
    """A region: `regionName` of `ResourceLocation` in the Lightsail API reference.

    `GLOBAL` has no endpoint. Documented outputs show it for domains.

    Example:
        for region in RegionName:
            print(region.value)
    """

    US_EAST_1 = "us-east-1"
    US_EAST_2 = "us-east-2"
    US_WEST_1 = "us-west-1"
    US_WEST_2 = "us-west-2"
    EU_WEST_1 = "eu-west-1"
    EU_WEST_2 = "eu-west-2"
    EU_WEST_3 = "eu-west-3"
    EU_CENTRAL_1 = "eu-central-1"
    EU_NORTH_1 = "eu-north-1"
    EU_SOUTH_2 = "eu-south-2"
    CA_CENTRAL_1 = "ca-central-1"
    AP_EAST_1 = "ap-east-1"
    AP_SOUTH_1 = "ap-south-1"
    AP_SOUTHEAST_1 = "ap-southeast-1"
    AP_SOUTHEAST_2 = "ap-southeast-2"
    AP_NORTHEAST_1 = "ap-northeast-1"
    AP_NORTHEAST_2 = "ap-northeast-2"
    AP_SOUTHEAST_3 = "ap-southeast-3"
    AP_SOUTHEAST_5 = "ap-southeast-5"
    SA_EAST_1 = "sa-east-1"
    # From AWS's documented outputs; no botocore model lists it.
    GLOBAL = "global"
