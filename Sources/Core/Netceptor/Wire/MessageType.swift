/// The first byte of a message (mesh-protocol §3).
enum MessageType: UInt8 {
    case data = 0
    case routeUpdate = 1
    case serviceAdvertisement = 2
    case reject = 3
}
