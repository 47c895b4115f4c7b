"""Relational databases, their snapshots and their parameters."""

from __future__ import annotations

from datetime import timedelta

from lightsail_ops.testing._catalogue import CATALOGUES, find_offer
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources.backend import (
    Action,
    ResourceBackend,
    all_of,
    completes,
    creates,
    deletes,
    lists,
    shows,
    starts,
)
from lightsail_ops.testing._resources.base import How, Request, Resource

_LOG_STREAMS = {
    "mysql": ["audit", "error", "general", "slowquery"],
    "postgres": ["postgresql", "upgrade"],
}


class RelationalDatabase(Resource):
    """A database that AWS manages."""

    kind = "RelationalDatabase"
    named_by = "relationalDatabaseName"
    written = (
        "relationalDatabaseBlueprintId relationalDatabaseBundleId masterDatabaseName"
        " masterUsername masterUserPassword preferredBackupWindow preferredMaintenanceWindow"
        " publiclyAccessible"
    )
    new_states = ("creating", "available")
    support = "ls-{id}"

    def __init__(self, backend: ResourceBackend, request: Request, **members: object) -> None:
        super().__init__(backend, request, "", **members)
        bundle_id = self.members["relationalDatabaseBundleId"]
        self.bundle: JsonObject = find_offer("database_bundles", "bundleId", bundle_id)
        self.blueprint: JsonObject = _find_blueprint(self.members["relationalDatabaseBlueprintId"])
        self.password_created_at = self.created_at
        self.members.setdefault("masterUserPassword", f"a-fake-{self.uuid.hex}")
        parameters = CATALOGUES["database_parameters"][self.blueprint["engine"]]
        self.parameters = {each["parameterName"]: each for each in parameters}
        self.events: list[JsonObject] = []
        self.note("creation", "The database was created.")
        self.note("backup", "The database was backed up.")

    def note(self, category: str, message: str) -> None:
        """Add an event to those that can be read."""
        event = {"resource": self.name, "message": message, "eventCategories": [category]}
        self.events.append(event | {"createdAt": self.backend.operations.now()})

    def to_dict(self) -> JsonObject:
        region, engine = self.backend.region_name, self.blueprint["engine"]
        is_in_first = str(self.location.availability_zone).endswith("a")
        other_zone = f"{region}b" if is_in_first else f"{region}a"
        hardware = ("cpuCount", "diskSizeInGb", "ramSizeInGb")
        address = f"ls-{self.uuid.hex}.{self.uuid.hex[:12]}.{region}.rds.amazonaws.com"
        has_backups = self.members["backupRetentionEnabled"]
        return super().to_dict() | {
            "engine": engine,
            "engineVersion": self.blueprint["engineVersion"],
            "hardware": {name: self.bundle[name] for name in hardware},
            "latestRestorableTime": self.created_at if has_backups else None,
            "masterEndpoint": {"address": address, "port": 3306 if engine == "mysql" else 5432},
            "secondaryAvailabilityZone": other_zone if "_ha_" in self.bundle["bundleId"] else None,
        }

    @property
    def copied(self) -> JsonObject:
        """The members that a copy of it has too."""
        names = "relationalDatabaseBlueprintId relationalDatabaseBundleId masterDatabaseName"
        names += " masterUsername masterUserPassword"
        return {name: self.members[name] for name in names.split()}

    def blueprint_in(self, request: Request) -> JsonObject:
        """Return the blueprint that a request wants, or its own, or raise AWS's error."""
        default = self.blueprint["blueprintId"]
        return _find_blueprint(request.get("relationalDatabaseBlueprintId") or default)

    def change(self, request: Request) -> None:
        names = (
            "preferredBackupWindow preferredMaintenanceWindow publiclyAccessible"
            " caCertificateIdentifier relationalDatabaseBlueprintId masterUserPassword"
        )
        self.members |= request.only(names)
        self.blueprint = self.blueprint_in(request)
        if request.get("enableBackupRetention"):
            self.members["backupRetentionEnabled"] = True
        if request.get("disableBackupRetention"):
            self.members["backupRetentionEnabled"] = False
        if request.get("rotateMasterUserPassword"):
            self.members["masterUserPassword"] = f"a-fake-{self.backend.new_number()[1].hex}"
        if request.get("rotateMasterUserPassword") or "masterUserPassword" in request:
            self.password_created_at = self.backend.operations.now()
        self.note("configuration change", "The database was changed.")

    def change_parameters(self, request: Request) -> None:
        """Change parameters; those that need it apply with the next reboot."""
        for each in request["parameters"]:
            name = each.get("parameterName", "")
            self.parameters[name] = self.parameters.get(name, {}) | each
            if self.parameters[name].get("applyMethod") == "pending-reboot":
                self.members["parameterApplyStatus"] = "pending-reboot"

    def reboot(self, _: Request) -> None:
        """Apply what waits for it."""
        self.members["parameterApplyStatus"] = "in-sync"
        self.note("availability", "The database was restarted.")


def _find_blueprint(blueprint_id: str) -> JsonObject:
    return find_offer("database_blueprints", "blueprintId", blueprint_id)


class RelationalDatabaseSnapshot(Resource):
    """A copy of a database."""

    kind = "RelationalDatabaseSnapshot"
    named_by = "relationalDatabaseSnapshotName"
    new_states = ("creating", "available")
    support = "ls-{id}"

    def __init__(
        self,
        backend: ResourceBackend,
        request: Request,
        source: RelationalDatabase,
        name: str = "",
    ) -> None:
        sent = source.to_dict()
        super().__init__(
            backend,
            request,
            name,
            engine=sent["engine"],
            engineVersion=sent["engineVersion"],
            fromRelationalDatabaseArn=source.arn,
            fromRelationalDatabaseBlueprintId=sent["relationalDatabaseBlueprintId"],
            fromRelationalDatabaseBundleId=sent["relationalDatabaseBundleId"],
            fromRelationalDatabaseName=source.name,
            sizeInGb=source.bundle["diskSizeInGb"],
        )
        self.copied = source.copied


class RelationalDatabaseBackend(ResourceBackend):
    """The actions on databases."""

    create_relational_database: Action = creates(RelationalDatabase)
    get_relational_database: Action = shows(RelationalDatabase, "relationalDatabase")
    get_relational_databases: Action = lists(RelationalDatabase, "relationalDatabases")
    start_relational_database: Action = starts(RelationalDatabase, states=("starting", "available"))
    reboot_relational_database: Action = starts(
        RelationalDatabase,
        RelationalDatabase.reboot,
        states=("rebooting", "available"),
        details=lambda _: "",
    )
    update_relational_database: Action = starts(
        RelationalDatabase,
        RelationalDatabase.change,
        check=lambda database, request: database.blueprint_in(request),
        states=("modifying", "available"),
    )
    update_relational_database_parameters: Action = completes(
        RelationalDatabase, RelationalDatabase.change_parameters
    )
    create_relational_database_snapshot: Action = creates(
        RelationalDatabaseSnapshot, RelationalDatabase
    )
    get_relational_database_snapshot: Action = shows(
        RelationalDatabaseSnapshot, "relationalDatabaseSnapshot"
    )
    get_relational_database_snapshots: Action = lists(
        RelationalDatabaseSnapshot, "relationalDatabaseSnapshots"
    )
    delete_relational_database_snapshot: Action = deletes(RelationalDatabaseSnapshot)

    def create_relational_database_from_snapshot(self, request: Request) -> JsonObject:
        source: RelationalDatabase | RelationalDatabaseSnapshot
        if "relationalDatabaseSnapshotName" in request:
            name = request["relationalDatabaseSnapshotName"]
            source = self.named(RelationalDatabaseSnapshot, name)
        else:
            name = request.needed("sourceRelationalDatabaseName")
            source = self.named(RelationalDatabase, name)
        return self.create(RelationalDatabase(self, request, **source.copied))

    def get_relational_database_master_user_password(self, request: Request) -> JsonObject:
        database = self._database_of(request)
        password = database.members["masterUserPassword"]
        return {"masterUserPassword": password, "createdAt": database.password_created_at}

    def get_relational_database_parameters(self, request: Request) -> JsonObject:
        parameters = list(self._database_of(request).parameters.values())
        return self.page("parameters", parameters, request)

    def get_relational_database_events(self, request: Request) -> JsonObject:
        minutes = request.get("durationInMinutes", 60)
        since = self.operations.now() - timedelta(minutes=minutes)
        events = [each for each in self._database_of(request).events if each["createdAt"] >= since]
        return self.page("relationalDatabaseEvents", events, request)

    def get_relational_database_log_streams(self, request: Request) -> JsonObject:
        return {"logStreams": _LOG_STREAMS[self._database_of(request).blueprint["engine"]]}

    def get_relational_database_log_events(self, request: Request) -> JsonObject:
        """Return the entries of a log of a database; there are no more pages of them."""
        database = self._database_of(request)
        start, end = request.get("startTime", 0), request.get("endTime", float("inf"))
        entries = [
            {"createdAt": each["createdAt"], "message": f"[Note] {each['message']}"}
            for each in database.events
            if "pageToken" not in request and start <= each["createdAt"].timestamp() <= end
        ]
        token = f"{request['logStreamName']}/{database.uuid}"
        tokens = {"nextBackwardToken": f"b/{token}", "nextForwardToken": f"f/{token}"}
        return tokens | {"resourceLogEvents": entries}

    def stop_relational_database(self, request: Request) -> JsonObject:
        name = request.get("relationalDatabaseSnapshotName")
        return self._start_with_snapshot(request, name, "stopping", "stopped")

    def delete_relational_database(self, request: Request) -> JsonObject:
        milliseconds = f"{self.operations.now().timestamp() * 1000:.0f}"
        default = f"{request['relationalDatabaseName']}-FinalSnapshot-{milliseconds}"
        name = request.get("finalRelationalDatabaseSnapshotName", default)
        is_skipped = request.get("skipFinalSnapshot")
        return self._start_with_snapshot(request, None if is_skipped else name, "deleting", None)

    def _start_with_snapshot(
        self, request: Request, name: str | None, during: str, after: str | None
    ) -> JsonObject:
        """Begin to stop or, without a state afterwards, to delete a database."""
        database = self.named(RelationalDatabase, request["relationalDatabaseName"])
        snapshot = RelationalDatabaseSnapshot(self, request, database, name) if name else None
        how = How(states=(during, after))
        if after is None:
            how["goes"] = database
        operations = self.start(request.action, database, **how)
        if snapshot is None:
            return all_of(operations)
        action = "CreateRelationalDatabaseSnapshot"
        return all_of(operations, self.start(action, database, snapshot, comes=snapshot))

    def _database_of(self, request: Request) -> RelationalDatabase:
        return self.get(RelationalDatabase, request["relationalDatabaseName"])
