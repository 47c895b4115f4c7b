"""Relational databases, their snapshots and their parameters."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TypeAlias

from lightsail_ops.testing._data import CATALOGUES, JsonObject
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import Effect, Request, Resource, Snapshot
from lightsail_ops.testing.exceptions import check, check_exists

_BLUEPRINT = "relationalDatabaseBlueprintId"
_PENDING = ("engineVersion", "backupRetentionEnabled")  # what a change may not change at once
_MODIFIABLE = ("parameterValue", "applyMethod")  # of a parameter
_BACKUPS_LAG = timedelta(minutes=5)  # behind the database, by RDS's documentation
_MOST_MINUTES = 14 * 24 * 60  # that events are kept, by the API reference


class RelationalDatabase(Resource):
    """A database that AWS manages."""

    def __init__(self, backend: on.ResourceBackend, request: Request, **members: object) -> None:
        super().__init__(backend, request, "", **members)
        self.bundle: JsonObject = self.offer("relationalDatabaseBundleId")
        password: str = request.get("masterUserPassword") or self.members["masterUserPassword"]
        self.members["passwords"] = {"CURRENT": self._describe_password(password)}
        parameters = CATALOGUES["database_parameters"][self.blueprint["engine"]]
        self.members["parameters"] = {each[0]: _describe_parameter(*each) for each in parameters}
        self.events: list[JsonObject] = []
        self.note("creation", "The database was created.")
        self.note("backup", "The database was backed up.")

    @property
    def blueprint(self) -> JsonObject:
        return self.offer(_BLUEPRINT)

    def _describe_password(self, password: str) -> JsonObject:
        return {"masterUserPassword": password, "createdAt": self.backend.operations.now()}

    def change_password(self, password: str) -> tuple[JsonObject, JsonObject]:
        """Return the members with the versions of the password, meanwhile and afterwards."""
        old, new = self.members["passwords"], self._describe_password(password)
        after = {"CURRENT": new, "PREVIOUS": old["CURRENT"]}
        return {"passwords": old | {"PENDING": new}}, {"passwords": after}

    def note(self, category: str, message: str) -> None:
        event = {"resource": self.name, "message": message, "eventCategories": [category]}
        self.events.append(event | {"createdAt": self.backend.operations.now()})

    def derive(self, now: JsonObject) -> JsonObject:
        blueprint, zone = self.blueprint, self.location.availability_zone
        other_zone = next(each for each in self.backend.zones if each != zone)
        latest = max(self.created_at, self.backend.operations.now() - _BACKUPS_LAG)
        port = {"port": 3306 if blueprint["engine"] == "mysql" else 5432}
        return {
            "engine": blueprint["engine"],
            "engineVersion": blueprint["engineVersion"],
            "hardware": self.bundle,
            "latestRestorableTime": latest if now["backupRetentionEnabled"] else None,
            "masterEndpoint": now["masterEndpoint"] | port,
            "logStreams": CATALOGUES["database_logs"][blueprint["engine"]],
            "masterUserPassword": now["passwords"]["CURRENT"]["masterUserPassword"],
            "parameters": list(now["parameters"].values()),
            "sizeInGb": self.bundle["diskSizeInGb"],  # of a snapshot
            "secondaryAvailabilityZone": other_zone if "_ha_" in self.bundle["bundleId"] else None,
        }


def _describe_parameter(*facts: str) -> JsonObject:
    members = CATALOGUES["database_parameters"]["members"]
    given = {member: fact for member, fact in zip(members, facts, strict=True) if fact}
    is_modifiable = given["parameterName"] != "port"  # which AWS alone sets
    return given | {"applyMethod": "pending-reboot", "isModifiable": is_modifiable}


class RelationalDatabaseSnapshot(Snapshot):
    """A copy of a database."""


_Database: TypeAlias = RelationalDatabase
_Snapshot: TypeAlias = RelationalDatabaseSnapshot


class RelationalDatabaseBackend(on.ResourceBackend):
    """The actions on databases."""

    get_relational_database_blueprints: on.Action = on.offers("database_blueprints")
    get_relational_database_bundles: on.Action = on.offers("database_bundles")
    create_relational_database: on.Action = on.creates(_Database)
    get_relational_database: on.Action = on.shows(_Database)
    get_relational_databases: on.Action = on.lists(_Database)
    get_relational_database_parameters: on.Action = on.reads(_Database, "parameters")
    get_relational_database_log_streams: on.Action = on.reads(_Database, "logStreams")
    get_relational_database_metric_data: on.Action = on.measures(_Database)
    start_relational_database: on.Action = on.changes(_Database)
    create_relational_database_snapshot: on.Action = on.creates(_Snapshot, _Database)
    get_relational_database_snapshot: on.Action = on.shows(_Snapshot)
    get_relational_database_snapshots: on.Action = on.lists(_Snapshot)
    delete_relational_database_snapshot: on.Action = on.deletes(_Snapshot)

    def create_relational_database_from_snapshot(self, request: Request) -> JsonObject:
        names = {"relationalDatabaseSnapshotName": _Snapshot}
        source = self.find_any(request, **names, sourceRelationalDatabaseName=_Database)
        if "restoreTime" in request:
            is_latest = request.get("useLatestRestorableTime")
            check(not is_latest, "restoreTime and useLatestRestorableTime exclude each other.")
            latest = source.to_dict().get("latestRestorableTime")
            is_past = latest is not None and request["restoreTime"] <= latest.timestamp()
            check(is_past, "restoreTime is later than the latest restorable time.")
        copied = source.describe_copy()
        database = _Database(self, request, **copied)
        database.check_holds(copied)
        return self.begin(request, database)

    @on.changing(_Database)
    def reboot_relational_database(self, _: Request, database: _Database) -> Effect:
        return {"on_success": partial(database.note, "availability", "The database was restarted.")}

    @on.changing(_Database)
    def update_relational_database(self, request: Request, database: _Database) -> Effect:
        """Change a database. The window for maintenance comes at once, even if nobody wants it."""
        engine, wanted = database.blueprint["engine"], request.get("relationalDatabaseBlueprintId")
        blueprint = database.offer(_BLUEPRINT, wanted)
        is_right = blueprint["engine"] == engine
        check(is_right, f"{database.name} stays with {engine}, and cannot become {wanted}.")
        shown, version = database.to_dict(), blueprint["engineVersion"]
        changed = shown | database.write(request) | {"engineVersion": version}
        pending = {each: changed[each] for each in _PENDING if changed[each] != shown[each]}
        during, after = {"pendingModifiedValues": pending}, JsonObject()
        password = request.get("masterUserPassword")
        if request.get("rotateMasterUserPassword"):
            password = f"a-fake-{self.new_number()[1].hex}"
        if password is not None:
            meanwhile, after = database.change_password(password)
            during |= meanwhile
        on_success = partial(database.note, "configuration change", "The database was changed.")
        return {"during": during, "after": after, "on_success": on_success}

    @on.changing(_Database)
    def update_relational_database_parameters(
        self, request: Request, database: _Database
    ) -> Effect:
        """Change parameters; those that need it apply with the next reboot."""
        changed: dict[str, JsonObject] = {}
        for wanted in request["parameters"]:
            name = wanted.get("parameterName")
            old = database.members["parameters"].get(name, {})
            is_right = old.get("isModifiable")
            check(is_right, f"{database.blueprint['engine']} lets nobody modify {name!r}.")
            changed[name] = old | {each: wanted[each] for each in _MODIFIABLE if each in wanted}
        waits = any(each["applyMethod"] == "pending-reboot" for each in changed.values())
        status = {"parameterApplyStatus": "pending-reboot"} if waits else {}
        return {"after": {"parameters": changed, **status}}

    def get_relational_database_master_user_password(self, request: Request) -> JsonObject:
        """Return a version of the password. One that there is not has no members: guess."""
        passwords: JsonObject = self.find(_Database, request).now["passwords"]
        version: JsonObject = passwords.get(request.get("passwordVersion", "CURRENT"), {})
        return version

    def get_relational_database_events(self, request: Request) -> list[JsonObject]:
        minutes = min(request.get("durationInMinutes", 60), _MOST_MINUTES)
        since = self.operations.now() - timedelta(minutes=minutes)
        events = self.find(_Database, request).events
        return [each for each in events if each["createdAt"] >= since]

    def get_relational_database_log_events(self, request: Request) -> JsonObject:
        """Return the entries of a log of a database; there are no more pages of them."""
        database, stream = self.find(_Database, request), request["logStreamName"]
        streams = database.to_dict()["logStreams"]
        check_exists(stream in streams, f"There is no log stream {stream!r}.")
        entries = [
            {"createdAt": each["createdAt"], "message": f"[Note] {each['message']}"}
            for each in database.events
            if "pageToken" not in request and request.covers(each["createdAt"])
        ]
        token = f"{stream}/{database.id}"
        tokens = {"nextBackwardToken": f"b/{token}", "nextForwardToken": f"f/{token}"}
        return tokens | {"resourceLogEvents": entries}

    def stop_relational_database(self, request: Request) -> on.Begun:
        name = request.get("relationalDatabaseSnapshotName")
        return self._begin_with_snapshot(request, self.find(_Database, request), name)

    def delete_relational_database(self, request: Request) -> on.Begun:
        database = self.find(_Database, request)
        milliseconds = f"{self.operations.now().timestamp() * 1000:.0f}"
        default = f"{database.name}-FinalSnapshot-{milliseconds}"
        name = request.get("finalRelationalDatabaseSnapshotName", default)
        name = None if request.get("skipFinalSnapshot") else name
        return self._begin_with_snapshot(request, database, name, goes=True)

    def _begin_with_snapshot(
        self, request: Request, database: _Database, name: str | None, *, goes: bool = False
    ) -> on.Begun:
        """Begin to stop or delete a database, and to make a snapshot of it if it has a name."""
        snapshots = [_Snapshot(self, request, database, name)] if name else []
        yield self.begin(request, database, goes=goes)
        for each in snapshots:
            yield self.begin(request, database, each, type="CreateRelationalDatabaseSnapshot")
