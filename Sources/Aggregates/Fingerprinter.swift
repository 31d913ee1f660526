internal import CFingerprint

/// Keyed 64-bit fingerprints of an event's identity: SipHash-2-4 over its source and id, the source
/// with its length before it so that no two identities make the same bytes. The key is the ledger's
/// own and secret: nobody can prepare identities that collide.
///
/// Used by one thread.
package final class Fingerprinter {
    /// Bytes of a key.
    package static let keyLength = 16
    private let key: [UInt8]
    private var buffer: UnsafeMutableRawBufferPointer

    /// Nil where the key is not of 16 bytes.
    package init?(key: [UInt8]) {
        guard key.count == Fingerprinter.keyLength else { return nil }
        precondition(Int(crypto_shorthash_KEYBYTES) == Fingerprinter.keyLength)
        precondition(Int(crypto_shorthash_BYTES) == MemoryLayout<UInt64>.size)
        self.key = key
        buffer = .allocate(byteCount: 2_064, alignment: 8)
    }

    deinit { buffer.deallocate() }

    /// Never 0, which stands for an empty place in a table.
    package func fingerprint(source: UnsafeRawBufferPointer, id: UnsafeRawBufferPointer) -> UInt64 {
        let prefix = MemoryLayout<UInt32>.size
        let length = prefix + source.count + id.count
        if length > buffer.count {
            buffer.deallocate()
            buffer = .allocate(byteCount: length, alignment: 8)
        }
        buffer.storeBytes(
            of: UInt32(truncatingIfNeeded: source.count).littleEndian, as: UInt32.self)
        let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[prefix..<length])
        UnsafeMutableRawBufferPointer(rebasing: bytes[..<source.count]).copyMemory(from: source)
        UnsafeMutableRawBufferPointer(rebasing: bytes[source.count...]).copyMemory(from: id)
        return hash(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
    }

    /// Of other bytes, such as those of the last applied record.
    package func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var digest: UInt64 = 0
        withUnsafeMutablePointer(to: &digest) { digest in
            // Fails for no input: SipHash has no errors.
            _ = crypto_shorthash(
                UnsafeMutableRawPointer(digest), bytes.baseAddress, UInt64(bytes.count), key)
        }
        let value = UInt64(littleEndian: digest)
        return value == 0 ? 1 : value
    }
}
