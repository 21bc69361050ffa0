#include "internal.h"

#include <gnutls/crypto.h>
#include <string.h>

cq_packet cq_inspect(
    const uint8_t *datagram, size_t count, cq_connection_id *destination, cq_connection_id *source) {
    ngtcp2_version_cid packet;
    if (count == 0) return CQ_PACKET_INVALID;
    const int error = ngtcp2_pkt_decode_version_cid(&packet, datagram, count, CQ_CONNECTION_ID_LENGTH);
    if (error && error != NGTCP2_ERR_VERSION_NEGOTIATION) return CQ_PACKET_INVALID;
    /* Other versions may have longer IDs than ours; nobody could answer those. */
    if (packet.dcidlen > CQ_MAXIMUM_CONNECTION_ID_LENGTH || packet.scidlen > CQ_MAXIMUM_CONNECTION_ID_LENGTH)
        return CQ_PACKET_INVALID;
    cq_connection_id_set(destination, packet.dcid, packet.dcidlen);
    cq_connection_id_set(source, packet.scid, packet.scidlen);
    return error ? CQ_PACKET_UNKNOWN_VERSION : CQ_PACKET_ADDRESSED;
}

bool cq_accept(const uint8_t *datagram, size_t count, cq_initial *initial) {
    ngtcp2_pkt_hd header;
    if (ngtcp2_accept(&header, datagram, count) || header.version != NGTCP2_PROTO_VER_V1) return false;
    initial->version = header.version;
    cq_connection_id_set(&initial->destination, header.dcid.data, header.dcid.datalen);
    cq_connection_id_set(&initial->source, header.scid.data, header.scid.datalen);
    return true;
}

size_t cq_write_version_negotiation(
    uint8_t *datagram, size_t capacity, const cq_connection_id *destination, const cq_connection_id *source) {
    const uint32_t versions[] = {NGTCP2_PROTO_VER_V1};
    uint8_t random = 0;
    (void)gnutls_rnd(GNUTLS_RND_NONCE, &random, 1);
    const ngtcp2_ssize count = ngtcp2_pkt_write_version_negotiation(
        datagram, capacity, random, source->bytes, source->count, destination->bytes, destination->count, versions,
        sizeof versions / sizeof versions[0]);
    return count > 0 ? (size_t)count : 0;
}

size_t cq_write_refusal(uint8_t *datagram, size_t capacity, const cq_initial *initial, const char *reason) {
    ngtcp2_cid destination, source;
    ngtcp2_cid_init(&destination, initial->source.bytes, initial->source.count);
    ngtcp2_cid_init(&source, initial->destination.bytes, initial->destination.count);
    const ngtcp2_ssize count = ngtcp2_crypto_write_connection_close(
        datagram, capacity, initial->version, &destination, &source, CQ_CONNECTION_REFUSED, (const uint8_t *)reason,
        strlen(reason));
    return count > 0 ? (size_t)count : 0;
}
