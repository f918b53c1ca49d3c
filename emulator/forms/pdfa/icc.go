package pdfa

import (
	"bytes"
	"encoding/binary"
	"math"
	"sync"
)

// profileName names the profile in output intents.
const profileName = "sRGB IEC61966-2.1"

// sRGB is an ICC profile of version 2.1 for sRGB, IEC 61966-2-1: primaries adapted to D50, and the curve as a table.
var sRGB = sync.OnceValue(func() []byte {
	curve := sRGBCurve()
	tags := []struct {
		name string
		data []byte
	}{
		{"desc", profileDescription(profileName)},
		{"cprt", append([]byte("text\x00\x00\x00\x00"), "No copyright, use freely\x00"...)},
		{"wtpt", xyz(0.9642, 1, 0.8249)},
		{"rXYZ", xyz(0.4360747, 0.2225045, 0.0139322)},
		{"gXYZ", xyz(0.3850649, 0.7168786, 0.0971045)},
		{"bXYZ", xyz(0.1430804, 0.0606169, 0.7141733)},
		{"rTRC", curve}, {"gTRC", curve}, {"bTRC", curve},
	}
	const header = 128
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	at := header + 4 + 12*len(tags)
	var body []byte
	curveAt := 0
	for _, t := range tags {
		start := at + len(body)
		if bytes.HasPrefix(t.data, []byte("curv")) && curveAt > 0 {
			start = curveAt // the three channels share one curve
		} else {
			body = append(body, t.data...)
			body = append(body, make([]byte, -len(body)&3)...)
			if bytes.HasPrefix(t.data, []byte("curv")) {
				curveAt = start
			}
		}
		table = append(table, t.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(start))
		table = binary.BigEndian.AppendUint32(table, uint32(len(t.data)))
	}
	return append(append(profileHeader(at+len(body)), table...), body...)
})

func profileHeader(size int) []byte {
	h := make([]byte, 128)
	binary.BigEndian.PutUint32(h, uint32(size))
	binary.BigEndian.PutUint32(h[8:], 0x02100000)
	copy(h[12:], "mntrRGB XYZ ")
	for i, v := range []uint16{2000, 1, 1} { // a fixed date of creation
		binary.BigEndian.PutUint16(h[24+2*i:], v)
	}
	copy(h[36:], "acsp")
	copy(h[68:], xyz(0.9642, 1, 0.8249)[8:])
	return h
}

// xyz is a tag of one color, in the fixed-point numbers of ICC.
func xyz(values ...float64) []byte {
	b := []byte("XYZ \x00\x00\x00\x00")
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, uint32(math.Round(v*65536)))
	}
	return b
}

func sRGBCurve() []byte {
	const steps = 1024
	b := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), steps)
	for i := range steps {
		v := float64(i) / (steps - 1)
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		b = binary.BigEndian.AppendUint16(b, uint16(math.Round(v*65535)))
	}
	return b
}

func profileDescription(name string) []byte {
	b := binary.BigEndian.AppendUint32([]byte("desc\x00\x00\x00\x00"), uint32(len(name)+1))
	b = append(b, name...)
	return append(b, make([]byte, 1+4+4+2+1+67)...)
}

// profile is what the header of an ICC profile says.
type profile struct {
	version   byte // the major version
	space     string
	usable    bool
	channels  int
	outputFit bool // a class that an output intent may have
}

func readProfile(data []byte) profile {
	if len(data) < 132 || string(data[36:40]) != "acsp" || int64(binary.BigEndian.Uint32(data)) > int64(len(data)) {
		return profile{}
	}
	p := profile{version: data[8], space: string(data[16:20])}
	p.channels = map[string]int{"GRAY": 1, "RGB ": 3, "CMYK": 4}[p.space]
	p.usable = p.channels > 0
	class := string(data[12:16])
	p.outputFit = class == "mntr" || class == "prtr"
	return p
}
