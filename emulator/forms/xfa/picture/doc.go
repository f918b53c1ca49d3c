// Package picture formats values by the picture clauses of XFA templates, such as num{z,zz9.99}, date{DD. MMMM YYYY},
// time{h:MM A} and text{999-9999}, in the way of a locale. [Format] is the name to start with:
//
//	text, ok := picture.Format("num{z,zz9.99}", "1234.5", picture.Lookup("de_DE")) // "1.234,50"
//
// # Limits
//
// A value that a picture cannot show is reported, not guessed; the caller shows it as it is. Numbers are decimal text
// throughout, never binary fractions, so nothing is lost by rounding but what the picture rounds. Pictures are at most
// [MaxPicture] bytes long, numbers at most [MaxDigits] digits. Exponents in pictures (E) are not emulated.
package picture
