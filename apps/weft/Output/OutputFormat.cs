namespace Weft.Cli.Output;

enum OutputFormat
{
    Table,
    Wide,
    Json,
    Yaml,
    Name,
}
