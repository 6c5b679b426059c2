//! The page's own words.

use super::facts::primary;

/// One language's words.
#[derive(Debug)]
pub struct Words {
    /// The language's name in itself.
    pub own_name: &'static str,
    /// What the choice of languages is called.
    pub languages: &'static str,
    /// The hotline's name, for as long as no directory says it.
    pub name: &'static str,
    /// The link away from here.
    pub leave: &'static str,
    /// That nothing real is to be reported.
    pub demonstration: &'static str,
    /// The section's heading.
    pub heading: &'static str,
    /// What this page is.
    pub lead: &'static str,
    /// In danger now?
    pub danger: &'static str,
    /// What to do then.
    pub danger_text: &'static str,
    /// If no number is known.
    pub danger_unknown: &'static str,
    /// By telephone.
    pub telephone: &'static str,
    /// If no number is known.
    pub telephone_unknown: &'static str,
    /// What a call protects.
    pub telephone_text: &'static str,
    /// By the web form.
    pub form: &'static str,
    /// What it protects.
    pub form_protects: &'static str,
    /// Why it needs scripts.
    pub form_needs: &'static str,
    /// How to allow them.
    pub allow: &'static str,
    /// Browser by browser.
    pub allow_steps: [&'static str; 4],
    /// The link to the form.
    pub open_form: &'static str,
    /// The onion address.
    pub onion: &'static str,
    /// What it is good for.
    pub onion_text: &'static str,
    /// By the command line.
    pub command: &'static str,
    /// What is better about it.
    pub command_text: &'static str,
    /// How to read the answer.
    pub command_check: &'static str,
    /// Where the pin comes from.
    pub command_pin: &'static str,
    /// How to go through Tor; the option follows.
    pub command_tor: &'static str,
    /// About this page.
    pub about: &'static str,
    /// That nobody has checked the numbers.
    pub about_numbers: &'static str,
    /// What it keeps.
    pub about_page: &'static str,
}

impl Words {
    /// The languages that there are words in.
    pub const LANGUAGES: [&str; 2] = ["en", "es"];
    /// What is used where a language has none.
    pub const DEFAULT: &Self = &ENGLISH;

    /// The words of a language, regions aside.
    pub fn of(language: &str) -> Option<&'static Self> {
        match primary(language).as_str() {
            "en" => Some(&ENGLISH),
            "es" => Some(&SPANISH),
            _ => None,
        }
    }
}

static ENGLISH: Words = Words {
    own_name: "English",
    languages: "Languages",
    name: "Reporting hotline",
    leave: "Leave this page quickly",
    demonstration: "This is a demonstration. Its keys protect nothing. Do not report anything real here.",
    heading: "How to report without scripts",
    lead: "You can report something, or ask for help, in each of these ways. You need not say who you are.",
    danger: "In danger now?",
    danger_text: "Call one of these numbers. They are not part of this hotline.",
    danger_unknown: "Call the emergency number of the place where you are.",
    telephone: "By telephone",
    telephone_unknown: "Call the number that your school has announced.",
    telephone_text: "You need not give your name. A call is not encrypted from end to end, and your own telephone remembers which numbers it called.",
    form: "With the form on this website",
    form_protects: "The form seals your report in your browser, before it leaves your device. The servers in between pass on sealed bytes that they cannot read. Only the offices that the form shows you before you send can open them. You get a code with which you can read their answer and add to your report.",
    form_needs: "Sealing is done by scripts that come from this website alone, so the form cannot work while scripts are off. It loads nothing from anybody else, sets no cookies and stores nothing in your browser.",
    allow: "How to allow scripts",
    allow_steps: [
        "Tor Browser: the form works at the levels Standard and Safer. At Safest, scripts are off. Choose the shield beside the address, then Settings, and set the security level to Safer. Tor Browser may have to start again.",
        "NoScript: choose its sign beside the address and trust this website for this visit (“Temp. Trusted”).",
        "Other browsers: in the settings for this website, allow JavaScript.",
        "Then open the form again.",
    ],
    open_form: "Open the form",
    onion: "With Tor Browser",
    onion_text: "This is the hotline’s onion address. With it, nobody on the way can tell from the network which website you visit.",
    command: "With a command on a computer",
    command_text: "The program candor seals your report in the same way, and runs no code from this website. Write in a terminal:",
    command_check: "With the code that you get, you read the answer and add to your report:",
    command_pin: "The file pin.json says whom the program may trust. Take it, and the program, from a place that you trust, such as your school’s own pages, and not from this website.",
    command_tor: "To go through Tor while Tor Browser is open, add:",
    about: "About this page",
    about_numbers: "The numbers on this page come from this server, and nobody has checked them for you. The form and the program check signatures first.",
    about_page: "This page sets no cookies and runs no script. This server keeps no record of who opened it.",
};

static SPANISH: Words = Words {
    own_name: "Español",
    languages: "Idiomas",
    name: "Línea directa",
    leave: "Salir rápido",
    demonstration: "Esto es una demostración. Sus claves no protegen nada. No reporte aquí nada real.",
    heading: "Cómo reportar sin scripts",
    lead: "Puede reportar algo, o pedir ayuda, de cualquiera de estas maneras. No tiene que decir quién es.",
    danger: "¿Está en peligro ahora?",
    danger_text: "Llame a uno de estos números. No forman parte de esta línea.",
    danger_unknown: "Llame al número de emergencias del lugar donde está.",
    telephone: "Por teléfono",
    telephone_unknown: "Llame al número que su escuela ha anunciado.",
    telephone_text: "No tiene que dar su nombre. Una llamada no va cifrada de extremo a extremo, y su propio teléfono recuerda los números a los que llamó.",
    form: "Con el formulario de este sitio web",
    form_protects: "El formulario sella su reporte en su navegador, antes de que salga de su dispositivo. Los servidores intermedios transmiten datos sellados que no pueden leer. Solo pueden abrirlos las oficinas que el formulario le muestra antes de enviar. Recibirá un código con el que puede leer la respuesta y agregar más a su reporte.",
    form_needs: "El sellado lo hacen scripts que vienen únicamente de este sitio web; por eso el formulario no puede funcionar si los scripts están desactivados. No carga nada de terceros, no usa cookies y no guarda nada en su navegador.",
    allow: "Cómo permitir los scripts",
    allow_steps: [
        "Navegador Tor: el formulario funciona en los niveles Estándar y Más seguro. En el nivel Máxima seguridad (Safest), los scripts están desactivados. Elija el escudo junto a la dirección, luego Ajustes, y ponga el nivel de seguridad en Más seguro (Safer). Puede que el Navegador Tor tenga que reiniciarse.",
        "NoScript: elija su símbolo junto a la dirección y confíe en este sitio web durante esta visita.",
        "Otros navegadores: en los ajustes de este sitio web, permita JavaScript.",
        "Después, abra de nuevo el formulario.",
    ],
    open_form: "Abrir el formulario",
    onion: "Con el Navegador Tor",
    onion_text: "Esta es la dirección onion de la línea. Con ella, nadie en el camino puede saber por la red qué sitio web visita.",
    command: "Con un programa en una computadora",
    command_text: "El programa candor sella su reporte de la misma manera y no ejecuta código de este sitio web. Escriba en una terminal:",
    command_check: "Con el código que reciba, puede leer la respuesta y agregar más a su reporte:",
    command_pin: "El archivo pin.json dice en quién puede confiar el programa. Obtenga el archivo y el programa de un lugar en el que confíe, como las páginas de su propia escuela, y no de este sitio web.",
    command_tor: "Para pasar por Tor mientras el Navegador Tor está abierto, agregue:",
    about: "Sobre esta página",
    about_numbers: "Los números de esta página vienen de este servidor y nadie los ha comprobado por usted. El formulario y el programa comprueban antes las firmas.",
    about_page: "Esta página no usa cookies ni ejecuta scripts. Este servidor no guarda ningún registro de quién la abrió.",
};
