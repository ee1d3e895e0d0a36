internal import Glibc

/// The logarithm of `value` to the base of 2.
public func binaryLogarithm(_ value: Double) -> Double { log2(value) }

/// `base` to the power of `exponent`.
public func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
