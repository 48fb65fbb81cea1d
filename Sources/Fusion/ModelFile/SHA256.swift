private import CCrypto

/// SHA-256 (FIPS 180-4) of some bytes, by OpenSSL's libcrypto, as 64 lower-case hexadecimal digits.
///
/// It tells a damaged file from a whole one. It is no signature: whoever can write the file can
/// write the digest too.
func sha256(_ bytes: [UInt8]) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    var count: UInt32 = 0
    let isDone = EVP_Digest(bytes, bytes.count, &digest, &count, EVP_sha256(), nil)
    precondition(isDone == 1 && count == 32, "libcrypto has no SHA-256")
    let digits = Array("0123456789abcdef".utf8)
    let text = digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
}
