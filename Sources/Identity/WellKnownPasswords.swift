/// What people put passwords together from, best known first: words and names in Spanish and English, and rows of keys.
///
/// Written for the pieces that passwords of twelve and more characters are made of; shorter ones are refused anyway.
enum WellKnownPasswords {
    /// Without accents, in lower case.
    static let words = """
        password passwort contrasena clave acceso bienvenido bienvenida welcome login signin admin administrador
        administrator administracion root usuario user guest invitado master maestro camet analytics
        secret secreto secreta letmein dejame entrar open sesamo abracadabra changeme cambiame default test testing
        prueba demo demostracion example ejemplo temporal provisional
        iloveyou ilove you love amor teamo tequiero mivida micorazon corazon princess princesa prince principe angel
        angelito sunshine moon luna star estrella baby bebe girl boy
        monkey dragon tiger tigre shadow lobo caballo perro gato panda pokemon naruto batman superman spiderman
        starwars matrix minecraft transformers mortalkombat finalfantasy residentevil counterstrike needforspeed
        warhammer playstation nintendo stratocaster onedirection justinbieber michaeljackson winniethepooh
        jamesbond avrillavigne systemofadown devilmaycry vanessa
        football futbol soccer baseball basketball hockey liverpool chelsea arsenal barcelona realmadrid madrid boca
        river racing independiente argentina mexico espana colombia chile peru uruguay brasil buenosaires
        michael jessica jennifer daniel ashley jordan charlie thomas robert andrew joshua nicole maria jose juan
        carlos luis jorge pedro pablo diego alejandro alejandra andrea carolina mariana camila valentina sofia isabel
        santiago sebastian fernando francisco miguel antonio manuel ricardo roberto eduardo christopher andrey
        computer computadora internet google facebook linkedin microsoft windows samsung sonyericsson company empresa
        fabrica factory planta plant linea line produccion production camera camara industria industrial trabajo
        oficina office server servidor sistema system network manager gerente responsable operador operator operario
        summer winter spring autumn verano invierno primavera otono enero febrero marzo abril mayo junio julio agosto
        septiembre octubre noviembre diciembre january february march april june july august september october
        november december monday friday lunes martes miercoles jueves viernes sabado domingo
        hello hola goodbye gracias thanks please trust trustno freedom libertad whatever fuck fuckyou bitch mother
        father madre padre mama papa jesus jesucristo cristo dios god heaven happy feliz lucky suerte money dinero
        forever siempre family familia friends amigos leavemealone professional international supernatural
        cosmopolitan peanutbutter chicken ingodwetrust punksnotdead
        pass word number numero new nuevo nueva super the los las mas para con
        """

    /// Along a row, down the columns, and two rows at a time; each is known backwards too.
    static let rows = [
        "qwertyuiop", "asdfghjklñ", "asdfghjkl;", "zxcvbnm", "1234567890", "!@#$%^&*()", "!\"#$%&/()=",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "!qaz@wsx#edc$rfv%tgb^yhn&ujm",
        "qazwsxedcrfvtgbyhnujmikolp", "zaqxswcdevfrbgtnhymjukilop",
        "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "a1s2d3f4g5h6j7k8l9", "1a2s3d4f5g6h7j8k9l", "z1x2c3v4b5n6m7",
        "qawsedrftgyhujikolp", "qwaszxerdfcvtyghbn", "qweasdzxc", "12qw34er56ty78ui", "147258369", "789456123",
        "159753",
    ]

    /// Signs and the letters they stand for.
    static let standIns = [
        "@": "a", "4": "a", "8": "b", "3": "e", "6": "g", "9": "g", "1": "il", "!": "i", "|": "il", "0": "o", "5": "s",
        "$": "s", "7": "t", "+": "t", "2": "z",
    ]
}
