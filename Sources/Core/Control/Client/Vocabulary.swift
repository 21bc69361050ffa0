// A client speaks of states and requests in the protocol's terms.
@_exported public import ControlProtocol
