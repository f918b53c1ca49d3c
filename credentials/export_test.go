package credentials

// ParseWithin is [Parse] with less work for encrypted keys than an input may usually ask for.
func ParseWithin(data []byte, work int) (*Set, error) {
	r := newReader(Options{}, "")
	r.work = work
	return r.run(func() *Error { return r.bytes(data) })
}
