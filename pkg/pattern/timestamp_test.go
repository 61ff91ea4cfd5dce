package pattern

import (
	"testing"
	"time"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestTimestampTime(t *testing.T) {
	berlin := time.FixedZone("Berlin", 3600)
	var none Timestamp
	feb := none.With(Month, 2)
	tests := []struct {
		name    string
		stamp   Timestamp
		missing string
		loc     *time.Location
		want    string
	}{
		{"nothing from names", none, "2026-01-14T02:12:13Z", nil, "2026-01-14T02:12:13Z"},
		{"fractions are dropped", none, "2026-01-14T02:12:13.987Z", nil, "2026-01-14T02:12:13Z"},
		{"missing is converted", none, "2026-01-14T23:30:00Z", berlin, "2026-01-15T00:30:00+01:00"},
		{"missing date is seen in the zone", none.With(Hour, 5), "2026-01-14T23:30:00Z", berlin, "2026-01-15T05:30:00+01:00"},
		{"all parts", none.With(Year, 2025).With(Month, 12).With(Day, 31).With(Hour, 23).With(Minute, 59).With(Second, 58), "2026-01-01T00:00:00Z", nil, "2025-12-31T23:59:58Z"},
		{"all parts in a zone", none.With(Year, 2025).With(Month, 12).With(Day, 31).With(Hour, 23).With(Minute, 59).With(Second, 58), "2026-01-01T00:00:00Z", berlin, "2025-12-31T23:59:58+01:00"},
		{"year only", none.With(Year, 2020), "2026-01-14T02:12:13Z", nil, "2020-01-14T02:12:13Z"},
		{"day of missing is clamped", feb, "2026-01-31T10:00:00Z", nil, "2026-02-28T10:00:00Z"},
		{"day of missing is clamped in a leap year", feb.With(Year, 2024), "2026-01-31T10:00:00Z", nil, "2024-02-29T10:00:00Z"},
		{"29th of February moved to another year", none.With(Year, 2025), "2024-02-29T10:00:00Z", nil, "2025-02-28T10:00:00Z"},
		{"December has 31 days", none.With(Month, 12), "2026-01-31T10:00:00Z", nil, "2026-12-31T10:00:00Z"},
		{"impossible day of the name is normalised", feb.With(Day, 31), "2026-01-01T00:00:00Z", nil, "2026-03-03T00:00:00Z"},
		{"day of the name in missing's month", none.With(Day, 31), "2026-04-10T00:00:00Z", nil, "2026-05-01T00:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.stamp.Time(at(tt.missing), tt.loc); !got.Equal(at(tt.want)) {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
}

func TestTimestampZone(t *testing.T) {
	if got := (Timestamp{}).Time(at("2026-01-14T02:00:00+05:00"), nil).Location(); got != time.UTC {
		t.Errorf("location %v without one", got)
	}
}

func TestTimestampWith(t *testing.T) {
	var stamp Timestamp
	if got := stamp.With(Year|Month, 5); got != stamp {
		t.Errorf("two parts at once gave %+v", got)
	}
	if got := stamp.With(Second<<1, 5); got != stamp {
		t.Errorf("an unknown part gave %+v", got)
	}
	if got := stamp.With(0, 5); got != stamp {
		t.Errorf("no part gave %+v", got)
	}
	if got := stamp.With(Hour, 3).With(Hour, 4).or(Hour, 9); got != 4 {
		t.Errorf("hour %d", got)
	}
}

func TestTimestampUnder(t *testing.T) {
	base := Timestamp{}.With(Year, 2020).With(Day, 3).With(Hour, 1).With(Minute, 2).With(Second, 5)
	got := Timestamp{}.With(Day, 9).With(Month, 4).under(base)
	want := Timestamp{}.With(Year, 2020).With(Month, 4).With(Day, 9).With(Hour, 1).With(Minute, 2).With(Second, 5)
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := (Timestamp{}).under(base); got != base {
		t.Errorf("nothing over base is %+v", got)
	}
}

func TestParts(t *testing.T) {
	tests := []struct {
		parts Parts
		want  string
	}{
		{0, "none"},
		{Year, "year"},
		{Second | Month, "month|second"},
		{AllParts, "year|month|day|hour|minute|second"},
	}
	for _, tt := range tests {
		if got := tt.parts.String(); got != tt.want {
			t.Errorf("%d: %q, want %q", tt.parts, got, tt.want)
		}
	}
	if !AllParts.Has(Day|Hour) || Year.Has(Year|Day) || !Year.Has(0) {
		t.Error("Has is wrong")
	}
}

func TestTimePartsOfPatterns(t *testing.T) {
	tests := []struct {
		directory, file string
		want            Parts
	}{
		{".", "a", 0},
		{"%Y/%M", "%D", Year | Month | Day},
		{"%y", "%h%m%s", Year | Hour | Minute | Second},
		{"{{a}}", "%i%I%x%X%w%v%A${a}", 0},
		{"%Y%M%D", "%h%m%s", AllParts},
	}
	for _, tt := range tests {
		d := mustDirectory(t, tt.directory)
		if got := mustFile(t, d, tt.file).TimeParts(); got != tt.want {
			t.Errorf("%s and %s: %v, want %v", tt.directory, tt.file, got, tt.want)
		}
	}
	if got := mustDirectory(t, "%Y/%M").TimeParts(); got != Year|Month {
		t.Errorf("directory parts %v", got)
	}
}
