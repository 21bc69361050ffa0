internal import LinuxSystem
public import Workceptor

/// What every work type must do, whatever it does: run it in the tests of each plugin.
public enum WorkTypeConformance {
    /// Checks a plugin.
    ///
    /// - Parameters:
    ///   - plugin: the plugin.
    ///   - quick: settings with which a unit ends by itself within seconds, and well.
    ///   - endless: settings with which a unit runs until it is cancelled.
    /// - Throws: ``WorkTypeFixture/Failure`` with the first rule that is broken.
    public static func verify<Plugin: WorkTypePlugin>(
        _ plugin: Plugin,
        quick: Plugin.Settings,
        endless: Plugin.Settings
    ) async throws {
        try verifyKeys(of: plugin)
        try await WorkTypeFixture.with(plugin, settings: quick) { fixture in
            try await verifyEnd(fixture)
            try await verifyRecovery(fixture)
        }
        try await WorkTypeFixture.with(plugin, settings: endless) { fixture in
            try await verifyCancel(fixture)
        }
    }

    private static func verifyKeys(of plugin: some WorkTypePlugin) throws {
        let names = plugin.settingKeys.map(\.name)
        try require(!plugin.name.isEmpty && plugin.name == plugin.name.lowercased(), "the plugin's name is lower case")
        try require(Set(names).count == names.count, "no key is declared twice")
        for name in names {
            let isPlain = name == name.lowercased() && !name.contains("-") && !name.contains("_")
            try require(isPlain, "key '\(name)' is lower case, without - and _")
        }
        let common: Set = ["worktype", "plugin", "allowruntimeparams", "verifysignature"]
        try require(common.isDisjoint(with: names), "the keys that every work type has are not the plugin's")
    }

    private static func verifyEnd(_ fixture: WorkTypeFixture) async throws {
        let unit = try await fixture.start(payload: "payload\n")
        let result = try await fixture.result(of: unit)
        try require(result.status.state == .succeeded, "a unit ends well, not with: \(result.status.detail)")
        try require(!result.status.detail.isEmpty, "an ended unit has a detail")
        let onDisk = try UnitStatus(fileContent: try Files.read("\(unit.directory)/status", limit: 1 << 20))
        try require(onDisk == result.status, "the status on disk is the unit's when it ends")
        try require(onDisk.stdoutSize == Int64(result.stdout.utf8.count), "the size of the output is right")
        _ = try await fixture.release(unit)
        try require(!Files.exists(unit.directory), "nothing is left of a released unit")
    }

    /// Whatever state a crash left a unit in, it must come to an end, and never twice to its effects.
    private static func verifyRecovery(_ fixture: WorkTypeFixture) async throws {
        let pending = try await fixture.recoverUnit(leftIn: .pending)
        let status = await pending.status { $0.state.isComplete }
        try require(status.state == .failed, "a unit that may lack part of its payload fails after a restart")
        try Files.removeTree("\(fixture.directory)/other")
        let running = try await fixture.recoverUnit(leftIn: .running)
        let end = await running.status { $0.state.isComplete }
        try require(end.state.isComplete, "a unit that ran ends after a restart")
    }

    private static func verifyCancel(_ fixture: WorkTypeFixture) async throws {
        let unit = try await fixture.start()
        try require(unit.status.state == .running, "a started unit is running")
        let answer = try await fixture.cancel(unit)
        try require(answer == .done, "a cancelled unit ends within its grace period")
        try require(unit.status.state == .canceled, "a cancelled unit is Canceled, not \(unit.status.state.name)")
        try require(try await fixture.cancel(unit) == .done, "cancelling it again does nothing")
        try require(unit.status.state == .canceled, "Canceled is final")
    }

    private static func require(_ isTrue: Bool, _ rule: String) throws {
        guard isTrue else { throw WorkTypeFixture.Failure("broken rule: \(rule)") }
    }
}
