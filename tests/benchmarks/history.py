"""Operations for the benchmarks."""

from __future__ import annotations

from typing import Any

from lightsail_ops import OperationStatus, OperationType, RegionName, ResourceType


def raw_operations(count: int) -> list[dict[str, Any]]:
    """Return operations as AWS's JSON has them: of all kinds, with and without optional fields."""
    types, kinds = list(OperationType), list(ResourceType)
    regions, statuses = list(RegionName)[:-1], list(OperationStatus)
    raw = []
    for index in range(count):
        region = regions[index % 5].value
        operation = {
            "id": f"{index:08x}-3f4b-4c6e-9d2a-{index * 7919:012x}",
            "resourceName": f"web-{index % 37}",
            "resourceType": kinds[index % len(kinds)].value,
            "createdAt": 1_767_225_600.125 + index * 61.7,
            "location": {
                "availabilityZone": f"{region}{'abc'[index % 3]}" if index % 4 else "all",
                "regionName": region,
            },
            "isTerminal": index % 9 != 0,
            "operationType": types[index % len(types)].value,
            "status": statuses[index % len(statuses)].value,
            "statusChangedAt": 1_767_225_640.5 + index * 61.7,
        }
        if index % 2:
            operation["operationDetails"] = f"disk-{index % 11}"
        if operation["status"] == "Failed":
            operation["errorCode"] = "InvalidInputException"
            operation["errorDetails"] = "The disk is attached to another instance."
        raw.append(operation)
    return raw
