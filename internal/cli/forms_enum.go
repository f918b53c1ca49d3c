package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// documented is a text of which an API documents all values.
type documented interface {
	~string
	Values() []string
}

func valuesOf[T documented](v T) string { return strings.Join(v.Values(), ", ") }

// enumFlag returns a flag for a text of which all values are known. Upper and lower case do not matter.
func enumFlag[T documented](p *T) pflag.Value { return &enumValue[T]{p} }

type enumValue[T documented] struct{ value *T }

// Set takes a value, or says which there are.
func (e *enumValue[T]) Set(s string) error {
	all := (*e.value).Values()
	i := slices.IndexFunc(all, func(v string) bool { return strings.EqualFold(v, s) })
	if i >= 0 {
		*e.value = T(all[i])
		return nil
	}
	if near := nearest(s, all); near != "" {
		return fmt.Errorf("did you mean %s?", near)
	}
	return fmt.Errorf("it must be one of %s", strings.Join(all, ", "))
}

// String returns the value.
func (e *enumValue[T]) String() string {
	if e.value == nil { // pflag asks a zero flag for its default
		return ""
	}
	return string(*e.value)
}

// Type returns what help calls the value.
func (e *enumValue[T]) Type() string { return "VALUE" }

// enumList is a flag for several of an API's values, with commas.
type enumList[T documented] struct{ values *[]T }

// Set takes values. It replaces those before.
func (e *enumList[T]) Set(s string) error {
	var all []T
	for _, one := range strings.Split(s, ",") {
		var v T
		if err := (&enumValue[T]{&v}).Set(strings.TrimSpace(one)); err != nil {
			return err
		}
		all = append(all, v)
	}
	*e.values = all
	return nil
}

// String returns the values with commas.
func (e *enumList[T]) String() string {
	if e.values == nil {
		return ""
	}
	texts := make([]string, len(*e.values))
	for i, v := range *e.values {
		texts[i] = string(v)
	}
	return strings.Join(texts, ",")
}

// Type returns what help calls the value.
func (e *enumList[T]) Type() string { return "VALUES" }
