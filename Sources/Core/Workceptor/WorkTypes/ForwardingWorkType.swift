/// A work type that stands for one of another node: its units are remote ones from the beginning (work-units §4).
///
/// Its policy is checked like that of any other, then the request goes on as the work type says. ``WorkType/run(_:)`` is
/// never called.
public protocol ForwardingWorkType: WorkType {
    /// The request as the other node is to get it.
    func forwarded(_ request: SubmitRequest) -> SubmitRequest
}
