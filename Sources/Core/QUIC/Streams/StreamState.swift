/// What this side knows of one stream.
final class StreamState {
    enum Sending: Equatable {
        /// More can be written.
        case open
        /// Everything was written; the end goes out behind what is queued.
        case finishing
        /// The end was sent.
        case finished
        /// Given up here or unwanted there.
        case abandoned
    }

    enum Receiving: Equatable {
        /// More can arrive.
        case open
        /// Everything has arrived.
        case complete
        /// The peer gave up, with this code.
        case reset(UInt64)
        /// Unwanted here.
        case stopped
    }

    let id: QUICStreamID
    let isLocal: Bool

    var outgoing: SendQueue
    var sending = Sending.open
    /// Whether it waits in the connection's queue of streams that have something to send.
    var isScheduled = false
    /// Whether the peer's flow control keeps it from sending.
    var isBlocked = false
    /// Whether a write found no room, so that room must be told.
    var wantsRoom = false

    /// Bytes that a writer was promised room for and has not written yet; the account keeps it for them.
    private(set) var promised = 0
    private let account: QUICSendBudget.Account?

    var incoming = ReceiveQueue()
    var receiving = Receiving.open
    /// Whether the reader was told that there is something, and has not found nothing since.
    var isReadable = false
    /// Whether the reader knows how the stream ended.
    var isReadToEnd = false

    /// Whether the connection is done with it.
    var isClosed = false

    init(id: QUICStreamID, isLocal: Bool, account: QUICSendBudget.Account?) {
        outgoing = SendQueue(account: account)
        self.account = account
        self.id = id
        self.isLocal = isLocal
    }

    deinit { promise(0) }

    /// Keeps room for so many bytes to come, instead of what was kept before.
    func promise(_ bytes: Int) {
        account?.use(bytes - promised)
        promised = bytes
    }

    /// Whether there are bytes, or an end, that could go out.
    var hasSomethingToSend: Bool {
        switch sending {
        case .open: outgoing.unsent > 0
        case .finishing: true
        case .finished, .abandoned: false
        }
    }

    /// Whether nobody can ask for it any more.
    var isForgettable: Bool { isClosed && (isReadToEnd || receiving == .stopped) }
}
