import COpenSSL
import Glibc

/// The GMAC of bytes, through OpenSSL's interface for authentication codes; the key and the code are hexadecimal.
func gmac(of bytes: [UInt8], key: String) -> String? {
    let mac = EVP_MAC_fetch(nil, "GMAC", nil)
    defer { EVP_MAC_free(mac) }
    let context = EVP_MAC_CTX_new(mac)
    defer { EVP_MAC_CTX_free(context) }
    var digits = Array(key)[...]
    var keyBytes: [UInt8] = []
    while digits.count >= 2, let byte = UInt8(String(digits.prefix(2)), radix: 16) {
        keyBytes.append(byte)
        digits = digits.dropFirst(2)
    }
    var cipher = Array("AES-128-GCM".utf8CString)
    // The parameters point to their names.
    let (cipherName, nonceName) = (strdup("cipher"), strdup("iv"))
    defer {
        free(cipherName)
        free(nonceName)
    }
    var nonce = [UInt8](repeating: 0, count: 12)
    var code = [UInt8](repeating: 0, count: 16)
    var size = 0
    let isDone = cipher.withUnsafeMutableBufferPointer { cipher in
        nonce.withUnsafeMutableBytes { nonce in
            let parameters = [
                OSSL_PARAM_construct_utf8_string(cipherName, cipher.baseAddress, 0),
                OSSL_PARAM_construct_octet_string(nonceName, nonce.baseAddress, nonce.count),
                OSSL_PARAM_construct_end(),
            ]
            return EVP_MAC_init(context, keyBytes, keyBytes.count, parameters) == 1
                && EVP_MAC_update(context, bytes, bytes.count) == 1 && EVP_MAC_final(context, &code, &size, 16) == 1
        }
    }
    guard isDone, size == 16 else { return nil }
    return code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
