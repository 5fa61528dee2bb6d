//! The words that people, teams, rooms and things of the tenant are named with.

/// Given names; a block reads better than a column.
#[rustfmt::skip]
pub(crate) const FIRST: [&str; 145] = [
    "Adele", "Aisha", "Akira", "Aleksandra", "Alejandro", "Amélie", "Amina", "Anders", "André",
    "Anita", "Anna", "Antonín", "Arjun", "Astrid", "Ayşe", "Beatriz", "Bilal", "Birgit", "Björn",
    "Bogdan", "Brigitte", "Camille", "Carlos", "Cécile", "Charlotte", "Chiara", "Chloé",
    "Christophe", "Çağla", "Dagmar", "Daniel", "Dario", "David", "Dimitra", "Dorota", "Elena",
    "Elif", "Émile", "Emma", "Enrique", "Erik", "Esther", "Fatima", "Felix", "Fernanda", "Fiona",
    "Florian", "Francesca", "François", "Freya", "Gabriel", "Geneviève", "George", "Giulia",
    "Grace", "Grażyna", "Hamza", "Hana", "Hannah", "Harald", "Helena", "Henrik", "Hiroshi",
    "Ibrahim", "Ingrid", "Irina", "Isabel", "Ivan", "Jakub", "Jan", "Jana", "João", "Johanna",
    "José", "Julia", "Jürgen", "Kaito", "Karin", "Katarzyna", "Kenji", "Kerstin", "Khalid",
    "Kwame", "Lars", "Laura", "Léa", "Leila", "Linnea", "Lukáš", "Luís", "Magdalena", "Malin",
    "Marco", "María", "Márta", "Mateo", "Mathilde", "Mei", "Miguel", "Mikael", "Milan", "Nadia",
    "Nils", "Noor", "Olga", "Oliver", "Olivia", "Ona", "Oscar", "Pablo", "Paola", "Patrik",
    "Pavel", "Petra", "Pierre", "Priya", "Rachel", "Rafał", "Ravi", "Renée", "Ricardo", "Rosa",
    "Sakura", "Samir", "Sanne", "Sara", "Sebastian", "Siobhán", "Sofía", "Søren", "Stefan", "Sven",
    "Tamara", "Thérèse", "Tomáš", "Ulrike", "Valentina", "Vera", "Victor", "Wanjiru", "Yara",
    "Yusuf", "Zoë", "Zsófia", "Žofie",
];

/// Family names.
#[rustfmt::skip]
pub(crate) const LAST: [&str; 232] = [
    "Abadi", "Acosta", "Adebayo", "Ahmed", "Almeida", "Álvarez", "Andersson", "Andrews", "Araújo",
    "Arslan", "Bakker", "Baptiste", "Barbieri", "Bauer", "Becker", "Bellini", "Bergström",
    "Bianchi", "Björklund", "Bondarenko", "Boucher", "Božić", "Brandt", "Brennan", "Brown",
    "Bürki", "Calderón", "Campbell", "Carvalho", "Castillo", "Černý", "Chaudhry", "Chen",
    "Christensen", "Clarke", "Coelho", "Conti", "Costa", "Cruz", "Dąbrowski", "Dahl", "D'Amico",
    "Das", "Delacroix", "Demir", "Desai", "Díaz", "Dimitriou", "Doğan", "Dubois", "Dupont",
    "Dvořák", "Eriksson", "Esposito", "Evans", "Fernández", "Ferrari", "Fischer", "Fitzgerald",
    "Fontaine", "Fournier", "Fujimoto", "Gallo", "García", "Gauthier", "Ghosh", "Gómez",
    "González", "Gonçalves", "Götz", "Graf", "Greco", "Grönlund", "Gruber", "Gupta", "Haas",
    "Håkansson", "Hansen", "Hasegawa", "Hernández", "Hoffmann", "Horák", "Horvat", "Huber",
    "Hughes", "Ivanova", "Iyer", "Jankowski", "Jansen", "Janssens", "Jensen", "Jiménez",
    "Johansson", "Jones", "Juhász", "Kamau", "Kapoor", "Kaya", "Keller", "Khan", "Kim",
    "Kobayashi", "Koç", "Kovács", "Kowalski", "Kozłowski", "Krause", "Kumar", "Lachance",
    "Lambert", "Larsen", "Laurent", "Lefèvre", "Lehmann", "Leroy", "Lindqvist", "Lombardi",
    "López", "Lozano", "Lukić", "MacDonald", "Mahlangu", "Mancini", "Marchetti", "Marković",
    "Martin", "Martínez", "Matsumoto", "Mazur", "Mbeki", "Mehta", "Mendes", "Meyer", "Michaud",
    "Miller", "Molina", "Moreau", "Moretti", "Morgan", "Müller", "Murphy", "Nagy", "Nakamura",
    "Navarro", "Neumann", "Nguyen", "Nielsen", "Novák", "Nowak", "Nuñez", "O'Brien", "O'Connor",
    "Okafor", "Olsen", "Öztürk", "Özdemir", "Pálsson", "Papadopoulos", "Patel", "Pereira", "Pérez",
    "Petersen", "Petrov", "Pfeiffer", "Pham", "Pinto", "Popescu", "Quispe", "Ramírez", "Rao",
    "Reddy", "Ribeiro", "Ricci", "Richter", "Rivière", "Rodrigues", "Romano", "Rossi", "Roux",
    "Ruiz", "Ryan", "Sánchez", "Sandberg", "Santos", "Sato", "Schäfer", "Schmidt", "Schneider",
    "Schröder", "Schulz", "Šimić", "Singh", "Škoda", "Smith", "Sørensen", "Sousa", "Steiner",
    "Suzuki", "Svensson", "Szabó", "Takahashi", "Tamm", "Tan", "Taylor", "Thomas", "Thorvaldsen",
    "Torres", "Tóth", "Tremblay", "Tšiklidis", "Turan", "Vasquez", "Vermeulen", "Virtanen",
    "Vogel", "Wagner", "Walker", "Wang", "Weber", "Weiß", "Wilson", "Wiśniewski", "Wójcik", "Wolf",
    "Wright", "Yamada", "Yılmaz", "Young", "Zając", "Zhang", "Zieliński", "Zimmermann",
];

/// Teams with a shared mailbox: as shown, and as in an address.
pub(crate) const TEAMS: [(&str, &str); 16] = [
    ("Invoices", "invoices"),
    ("Order Desk", "orders"),
    ("Customer Service", "service"),
    ("Human Resources", "hr"),
    ("Careers", "careers"),
    ("Press Office", "press"),
    ("Datenschutz", "datenschutz"),
    ("Comptabilit\u{e9}", "comptabilite"),
    ("Facturaci\u{f3}n", "facturacion"),
    ("Ekonomi", "ekonomi"),
    ("Obs\u{142}uga klienta", "obsluga"),
    ("\u{411}\u{443}\u{445}\u{433}\u{430}\u{43b}\u{442}\u{435}\u{440}\u{438}\u{44f}", "buhgalteriya"),
    ("\u{55b6}\u{696d}\u{90e8}", "eigyobu"),
    ("Field Support", "support"),
    ("Suppliers", "suppliers"),
    ("Legal & Compliance", "legal"),
];

/// Places of the organization.
pub(crate) const SITES: [(&str, &str); 12] = [
    ("Oslo", "oslo"),
    ("M\u{fc}nchen", "muenchen"),
    ("Krak\u{f3}w", "krakow"),
    ("Lisboa", "lisboa"),
    ("Lyon", "lyon"),
    ("Malm\u{f6}", "malmo"),
    ("Nairobi", "nairobi"),
    ("Pune", "pune"),
    ("Sapporo", "sapporo"),
    ("S\u{e3}o Paulo", "saopaulo"),
    ("Toronto", "toronto"),
    ("Z\u{fc}rich", "zuerich"),
];

/// Names of rooms.
pub(crate) const ROOMS: [(&str, &str); 8] = [
    ("Altair", "altair"),
    ("Bellatrix", "bellatrix"),
    ("Deneb", "deneb"),
    ("Mizar", "mizar"),
    ("Polaris", "polaris"),
    ("Rigel", "rigel"),
    ("Sirius", "sirius"),
    ("Vega", "vega"),
];

/// Things that can be booked.
pub(crate) const THINGS: [(&str, &str); 6] = [
    ("Projector", "projector"),
    ("Van", "van"),
    ("Camera kit", "camera"),
    ("Laptop cart", "laptops"),
    ("Loudspeaker", "speaker"),
    ("Forklift", "forklift"),
];

/// Domains of others, to which mail may be forwarded.
pub(crate) const OUTSIDE: [&str; 6] =
    ["example.net", "example.org", "fabrikam.example", "tailspintoys.example", "mail.example.com", "wingtip.example"];

/// A name as it stands in an address: lower case, letters of ASCII only.
pub(crate) fn address_form(name: &str) -> String {
    name.chars().filter_map(plain).collect::<String>()
}

fn plain(c: char) -> Option<char> {
    match c {
        'a'..='z' => Some(c),
        'A'..='Z' => Some(c.to_ascii_lowercase()),
        '\u{c1}' | '\u{e1}' | '\u{e3}' | '\u{e4}' | '\u{e5}' | '\u{105}' => Some('a'),
        '\u{c7}' | '\u{e7}' | '\u{107}' | '\u{10c}' => Some('c'),
        '\u{c9}' | '\u{e8}' | '\u{e9}' | '\u{eb}' => Some('e'),
        '\u{11f}' => Some('g'),
        '\u{ed}' | '\u{131}' => Some('i'),
        '\u{142}' => Some('l'),
        '\u{f1}' | '\u{144}' => Some('n'),
        '\u{d6}' | '\u{f3}' | '\u{f6}' | '\u{f8}' => Some('o'),
        '\u{159}' => Some('r'),
        '\u{df}' | '\u{15b}' | '\u{15f}' | '\u{160}' | '\u{161}' => Some('s'),
        '\u{fa}' | '\u{fc}' => Some('u'),
        '\u{fd}' => Some('y'),
        '\u{17c}' | '\u{17d}' | '\u{17e}' => Some('z'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn address_forms_are_complete_and_unique() {
        for names in [FIRST.as_slice(), LAST.as_slice()] {
            let forms: HashSet<String> = names.iter().map(|name| address_form(name)).collect();
            assert_eq!(forms.len(), names.len());
            for name in names {
                let letters = name.chars().filter(|c| *c != '\'').count();
                assert_eq!(address_form(name).len(), letters, "{name}");
            }
        }
    }
}
