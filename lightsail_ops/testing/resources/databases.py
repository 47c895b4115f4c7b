"""Relational databases, their snapshots and their parameters."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from lightsail_ops.testing._catalogue import CATALOGUES, find_offer
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.exceptions import InvalidInputException
from lightsail_ops.testing.resources.backend import ResourceBackend, delete_one, show_one, show_page
from lightsail_ops.testing.resources.base import Request, Resource, States

_LOG_STREAMS = {
    "mysql": ["audit", "error", "general", "slowquery"],
    "postgres": ["postgresql", "upgrade"],
}


class RelationalDatabase(Resource):
    """A database that AWS manages."""

    kind = "RelationalDatabase"
    new_states: ClassVar[States] = ("creating", "available")
    support = "ls-{id}"

    def __init__(
        self, backend: ResourceBackend, name: str, members: JsonObject, zone: str | None
    ) -> None:
        super().__init__(backend, name, members, zone)
        self.bundle: JsonObject = find_offer(
            "database_bundles", "bundleId", self.members["relationalDatabaseBundleId"]
        )
        self.blueprint: JsonObject = _find_blueprint(self.members["relationalDatabaseBlueprintId"])
        self.password_created_at = self.created_at
        self.members.setdefault("masterUserPassword", self._new_password())
        self.parameters: dict[str, JsonObject] = {
            each["parameterName"]: each
            for each in CATALOGUES["database_parameters"][self.blueprint["engine"]]
        }
        self.events: list[JsonObject] = []
        self.note("creation", "The database was created.")
        self.note("backup", "The database was backed up.")

    def _new_password(self) -> str:
        return f"{self.uuid.hex[:16]}.{len(self.members)}{self.backend.operations.now():%H%M%S%f}"

    def note(self, category: str, message: str) -> None:
        """Add an event to those that can be read."""
        self.events.append(
            {
                "resource": self.name,
                "createdAt": self.backend.operations.now(),
                "message": message,
                "eventCategories": [category],
            }
        )

    def to_dict(self) -> JsonObject:
        region = self.backend.region_name
        zone = str(self.location.availability_zone)
        is_available = "_ha_" in self.bundle["bundleId"]
        other = f"{region}{'b' if zone.endswith('a') else 'a'}"
        has_backups = self.members["backupRetentionEnabled"]
        return super().to_dict() | {
            "engine": self.blueprint["engine"],
            "engineVersion": self.blueprint["engineVersion"],
            "hardware": {
                "cpuCount": self.bundle["cpuCount"],
                "diskSizeInGb": self.bundle["diskSizeInGb"],
                "ramSizeInGb": self.bundle["ramSizeInGb"],
            },
            "latestRestorableTime": self.created_at if has_backups else None,
            "masterEndpoint": {
                "address": f"ls-{self.uuid.hex}.{self.uuid.hex[:12]}.{region}.rds.amazonaws.com",
                "port": 3306 if self.blueprint["engine"] == "mysql" else 5432,
            },
            "secondaryAvailabilityZone": other if is_available else None,
        }

    def change(self, request: Request) -> None:
        """Change what a request says."""
        names = (
            "preferredBackupWindow preferredMaintenanceWindow publiclyAccessible"
            " caCertificateIdentifier relationalDatabaseBlueprintId masterUserPassword"
        )
        self.members |= request.only(names)
        self.blueprint = _find_blueprint(self.members["relationalDatabaseBlueprintId"])
        if request.get("enableBackupRetention"):
            self.members["backupRetentionEnabled"] = True
        if request.get("disableBackupRetention"):
            self.members["backupRetentionEnabled"] = False
        if request.get("rotateMasterUserPassword"):
            self.members["masterUserPassword"] = self._new_password()
        if request.get("rotateMasterUserPassword") or "masterUserPassword" in request:
            self.password_created_at = self.backend.operations.now()
        self.note("configuration change", "The database was changed.")

    def change_parameters(self, parameters: list[JsonObject]) -> None:
        """Change parameters; those that need it apply with the next reboot."""
        for each in parameters:
            name = each.get("parameterName", "")
            self.parameters[name] = self.parameters.get(name, {}) | each
            if self.parameters[name].get("applyMethod") == "pending-reboot":
                self.members["parameterApplyStatus"] = "pending-reboot"

    def reboot(self) -> None:
        """Apply what waits for it."""
        self.members["parameterApplyStatus"] = "in-sync"
        self.note("availability", "The database was restarted.")


def _find_blueprint(blueprint_id: str) -> JsonObject:
    return find_offer("database_blueprints", "blueprintId", blueprint_id)


class RelationalDatabaseSnapshot(Resource):
    """A copy of a database."""

    kind = "RelationalDatabaseSnapshot"
    new_states: ClassVar[States] = ("creating", "available")
    support = "ls-{id}"

    def __init__(
        self, backend: ResourceBackend, name: str, source: RelationalDatabase, members: JsonObject
    ) -> None:
        named = {
            "fromRelationalDatabaseArn": source.arn,
            "fromRelationalDatabaseBlueprintId": source.members["relationalDatabaseBlueprintId"],
            "fromRelationalDatabaseBundleId": source.members["relationalDatabaseBundleId"],
            "fromRelationalDatabaseName": source.name,
            "engine": source.blueprint["engine"],
            "engineVersion": source.blueprint["engineVersion"],
            "sizeInGb": source.bundle["diskSizeInGb"],
        }
        super().__init__(backend, name, named | members)
        self.master = master_members(source)


def master_members(source: RelationalDatabase) -> JsonObject:
    """Return what a copy of a database has of it."""
    names = ["masterDatabaseName", "masterUsername", "masterUserPassword"]
    return {name: source.members[name] for name in names}


class RelationalDatabaseBackend(ResourceBackend):
    """The actions on databases."""

    get_relational_database = show_one(
        RelationalDatabase, "relationalDatabase", "relationalDatabaseName"
    )
    get_relational_databases = show_page(RelationalDatabase, "relationalDatabases")
    get_relational_database_snapshot = show_one(
        RelationalDatabaseSnapshot, "relationalDatabaseSnapshot", "relationalDatabaseSnapshotName"
    )
    get_relational_database_snapshots = show_page(
        RelationalDatabaseSnapshot, "relationalDatabaseSnapshots"
    )
    delete_relational_database_snapshot = delete_one(
        RelationalDatabaseSnapshot, "relationalDatabaseSnapshotName"
    )

    def create_relational_database(self, request: Request) -> list[JsonObject]:
        names = (
            "relationalDatabaseBlueprintId relationalDatabaseBundleId masterDatabaseName"
            " masterUsername masterUserPassword preferredBackupWindow preferredMaintenanceWindow"
            " publiclyAccessible tags"
        )
        return self._start_database(request, request.only(names))

    def create_relational_database_from_snapshot(self, request: Request) -> list[JsonObject]:
        if "relationalDatabaseSnapshotName" in request:
            name = request["relationalDatabaseSnapshotName"]
            snapshot = self.named(RelationalDatabaseSnapshot, name)
            members = snapshot.master | {
                "relationalDatabaseBlueprintId": snapshot.members[
                    "fromRelationalDatabaseBlueprintId"
                ],
                "relationalDatabaseBundleId": snapshot.members["fromRelationalDatabaseBundleId"],
            }
        elif "sourceRelationalDatabaseName" in request:
            source = self.named(RelationalDatabase, request["sourceRelationalDatabaseName"])
            ids = ("relationalDatabaseBlueprintId", "relationalDatabaseBundleId")
            members = master_members(source) | {name: source.members[name] for name in ids}
        else:
            raise InvalidInputException(
                "relationalDatabaseSnapshotName or sourceRelationalDatabaseName must be given."
            )
        members |= request.only("relationalDatabaseBundleId publiclyAccessible tags")
        return self._start_database(request, members)

    def _start_database(self, request: Request, members: JsonObject) -> list[JsonObject]:
        name = self.check_free(RelationalDatabase, request["relationalDatabaseName"])
        zone = self.check_zone(request.get("availabilityZone", f"{self.region_name}a"))
        database = RelationalDatabase(self, name, members, zone)
        return self.start(request.action, database, comes=database)

    def get_relational_database_master_user_password(self, request: Request) -> JsonObject:
        database = self._database_of(request)
        password = database.members["masterUserPassword"]
        return {"masterUserPassword": password, "createdAt": database.password_created_at}

    def get_relational_database_parameters(self, request: Request) -> JsonObject:
        parameters = list(self._database_of(request).parameters.values())
        return self.page("parameters", parameters, request)

    def get_relational_database_events(self, request: Request) -> JsonObject:
        minutes = timedelta(minutes=request.get("durationInMinutes", 60))
        since = self.operations.now() - minutes
        events = [each for each in self._database_of(request).events if each["createdAt"] >= since]
        return self.page("relationalDatabaseEvents", events, request)

    def get_relational_database_log_streams(self, request: Request) -> JsonObject:
        return {"logStreams": _LOG_STREAMS[self._database_of(request).blueprint["engine"]]}

    def get_relational_database_log_events(self, request: Request) -> JsonObject:
        database = self._database_of(request)
        start = request.get("startTime", 0)
        end = request.get("endTime", self.operations.now().timestamp())
        entries = [
            {"createdAt": each["createdAt"], "message": f"[Note] {each['message']}"}
            for each in database.events
            if start <= each["createdAt"].timestamp() <= end
        ]
        token = f"{request['logStreamName']}/{database.uuid}"
        return {
            "resourceLogEvents": [] if "pageToken" in request else entries,
            "nextBackwardToken": f"b/{token}",
            "nextForwardToken": f"f/{token}",
        }

    def update_relational_database(self, request: Request) -> list[JsonObject]:
        database = self._named_database(request)
        if "relationalDatabaseBlueprintId" in request:
            _find_blueprint(request["relationalDatabaseBlueprintId"])
        return self.start(
            "UpdateRelationalDatabase",
            database,
            states=("modifying", "available"),
            effect=lambda: database.change(request),
        )

    def update_relational_database_parameters(self, request: Request) -> list[JsonObject]:
        database = self._named_database(request)
        return self.complete(
            "UpdateRelationalDatabaseParameters",
            database,
            effect=lambda: database.change_parameters(request["parameters"]),
        )

    def start_relational_database(self, request: Request) -> list[JsonObject]:
        database, states = self._named_database(request), ("starting", "available")
        return self.start("StartRelationalDatabase", database, states=states)

    def stop_relational_database(self, request: Request) -> list[JsonObject]:
        database, states = self._named_database(request), ("stopping", "stopped")
        name = request.get("relationalDatabaseSnapshotName")
        snapshot = name and self._new_snapshot(database, name, {})
        operations = self.start("StopRelationalDatabase", database, states=states)
        return operations + (self._take(snapshot, database) if snapshot else [])

    def reboot_relational_database(self, request: Request) -> list[JsonObject]:
        database = self._named_database(request)
        return self.start(
            "RebootRelationalDatabase",
            database,
            states=("rebooting", "available"),
            effect=database.reboot,
            details="",
        )

    def delete_relational_database(self, request: Request) -> list[JsonObject]:
        database, states = self._named_database(request), ("deleting", "deleting")
        snapshot = None
        if not request.get("skipFinalSnapshot"):
            default = (
                f"{database.name}-FinalSnapshot-{self.operations.now().timestamp() * 1000:.0f}"
            )
            name = request.get("finalRelationalDatabaseSnapshotName", default)
            snapshot = self._new_snapshot(database, name, {})
        operations = self.start("DeleteRelationalDatabase", database, states=states, goes=database)
        return operations + (self._take(snapshot, database) if snapshot else [])

    def create_relational_database_snapshot(self, request: Request) -> list[JsonObject]:
        database = self._named_database(request)
        name = request["relationalDatabaseSnapshotName"]
        snapshot = self._new_snapshot(database, name, request.only("tags"))
        return self.start(request.action, snapshot, database, comes=snapshot)

    def _database_of(self, request: Request) -> RelationalDatabase:
        return self.get(RelationalDatabase, request["relationalDatabaseName"])

    def _named_database(self, request: Request) -> RelationalDatabase:
        return self.named(RelationalDatabase, request["relationalDatabaseName"])

    def _new_snapshot(
        self, database: RelationalDatabase, name: str, members: JsonObject
    ) -> RelationalDatabaseSnapshot:
        name = self.check_free(RelationalDatabaseSnapshot, name)
        return RelationalDatabaseSnapshot(self, name, database, members)

    def _take(
        self, snapshot: RelationalDatabaseSnapshot, database: RelationalDatabase
    ) -> list[JsonObject]:
        operation_type = "CreateRelationalDatabaseSnapshot"
        return self.start(operation_type, database, snapshot, comes=snapshot)
