// Work types speak of states, statuses and requests in the protocol's terms.
@_exported public import ControlProtocol
