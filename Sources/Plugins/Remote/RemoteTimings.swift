/// How long remote work waits for what.
struct RemoteTimings: Sendable {
    /// Until a node has accepted a connection and greeted.
    var greeting = Duration.seconds(5)
    /// Until a client hears that what it asked for is pending.
    var client = Duration.seconds(5)
    /// Until a node has answered a request.
    var answer = Duration.seconds(60)
    /// After the first attempt that failed.
    var firstDelay = Duration.seconds(1)
    /// After many attempts that failed.
    var longestDelay = Duration.seconds(60)
    /// Before the first look at the state of a unit: many have ended by then.
    var firstLook = Duration.milliseconds(20)
    /// Between looks at the state of a unit that was heard of a moment ago.
    var firstPoll = Duration.seconds(2)
    /// Between looks at the state of a unit that goes on and on.
    var longestPoll = Duration.seconds(10)
    /// After a look that something gave reason for.
    var promptPoll = Duration.milliseconds(250)
    /// How long a stream stays open that nobody uses.
    var idle = Duration.seconds(30)
}
