internal import TestSupport
internal import Testing

/// Everything that needs root and a kernel of one's own, one test at a time: the tests count what is left in
/// the kernel, and that count is not theirs alone.
///
/// Each file extends this suite by one part of what berth promises.
@Suite("berth on a real kernel", .serialized, .requires(.root, .overlay))
enum OnARealKernel {}
