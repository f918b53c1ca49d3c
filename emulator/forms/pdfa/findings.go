package pdfa

import (
	"cmp"
	"slices"
)

// findings collects what a validation finds.
type findings struct {
	part int
	all  []Finding
	seen map[Finding]bool
	more map[rule]int // what is beyond the limit
}

func newFindings(part int) *findings {
	return &findings{part: part, seen: map[Finding]bool{}, more: map[rule]int{}}
}

// add notes that a rule is broken somewhere. Rules that the part does not have are passed over, and so are repetitions.
func (f *findings) add(r rule, where string) { f.addDetail(r, "", where) }

// addDetail is add with more to say about what breaks the rule.
func (f *findings) addDetail(r rule, detail, where string) {
	clause := r.clause(f.part)
	if clause == "" {
		return
	}
	what := r.what
	if detail != "" {
		what += ": " + detail
	}
	one := Finding{Clause: clause, What: what, Where: where, Count: 1}
	switch {
	case f.seen[one]:
	case len(f.all) >= MaxFindings:
		f.more[r]++
	default:
		f.seen[one] = true
		f.all = append(f.all, one)
	}
}

// report returns the findings at a level.
func (f *findings) report(c Compliance, level ResultLevel) Report {
	r := Report{IsPDFA: len(f.all) == 0, Compliance: c}
	switch level {
	case Detailed:
		r.Findings = slices.Clone(f.all)
	case Summary:
		r.Findings = f.summary()
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return cmp.Compare(a.Clause, b.Clause) })
	return r
}

func (f *findings) summary() []Finding {
	var all []Finding
	for _, one := range f.all {
		i := slices.IndexFunc(all, func(have Finding) bool { return have.Clause == one.Clause && have.What == one.What })
		if i < 0 {
			one.Where = ""
			all = append(all, one)
			continue
		}
		all[i].Count++
	}
	for i := range all {
		for r, n := range f.more {
			if all[i].Clause == r.clause(f.part) && all[i].What == r.what {
				all[i].Count += n
			}
		}
	}
	return all
}
