# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.report."""

import base64
import io

from html_page import Page
from matplotlib.image import imread, imsave
import numpy as np
import pytest

from training.report import Document, Figure, render_html, render_markdown, write_report


def picture(value):
    stream = io.BytesIO()
    imsave(stream, np.full((2, 3), value), vmin=0.0, vmax=1.0, format='png')
    return stream.getvalue()


@pytest.fixture
def document():
    document = Document('Pours & <cups>', 'of `pours.npy`')
    document.heading('Errors')
    document.paragraph('They are **small**.')
    document.bullets(['one', 'two'])
    rows = [['GRU | LSTM', '0.1'], ['theirs', '<0.25']]
    document.table('All of them', ['model', 'MSE'], rows, quiet=[1])
    document.heading('Errors')
    document.heading('Of one cup', 3)
    document.figures(
        Figure('first', picture(0.25), 'A pour', 'true and "predicted"'),
        Figure('second', picture(0.75), 'Another', 'and another'),
    )
    document.code('python -m training.study --data <file>')
    return document


def test_markdown(document):
    assert (
        render_markdown(document, 'pictures')
        == """# Pours & <cups>

of `pours.npy`

## Errors

They are **small**.

- one
- two

*All of them*

| model       |   MSE |
| ----------- | ----: |
| GRU \\| LSTM |   0.1 |
| theirs      | <0.25 |

## Errors

### Of one cup

![true and "predicted"](pictures/first.png)

*A pour*

![and another](pictures/second.png)

*Another*

```
python -m training.study --data <file>
```
"""
    )


def test_html_says_the_same(document):
    page = Page(render_html(document))
    texts = ('Pours & <cups>', 'pours.npy', 'small', 'one', 'two', 'All of them', 'GRU | LSTM')
    texts += ('<0.25', 'Of one cup', 'Another', 'python -m training.study --data <file>')
    assert all(text in page.text for text in texts)
    assert [cell['class'] for cell in page.all('td') if 'class' in cell] == ['right', 'right']
    assert [row.get('class') for row in page.all('tr')] == [None, None, 'quiet']


def test_contents_lead_to_the_sections(document):
    page = Page(render_html(document))
    links = [link['href'] for link in page.all('a')]
    assert links == ['#errors', '#errors-2']
    anchors = [tag['id'] for name in ('h2', 'h3') for tag in page.all(name)]
    assert anchors == ['errors', 'errors-2', 'of-one-cup']


def test_html_needs_no_other_file(document):
    text = render_html(document)
    page = Page(text)
    assert not {'link', 'script', 'iframe', 'object'} & {tag for tag, _ in page.tags}
    for _, attributes in page.tags:
        for name in {'src', 'href', 'srcset', 'data'} & set(attributes):
            assert attributes[name].startswith(('data:image/png;base64,', '#'))
    assert 'url(' not in text and '@import' not in text


def test_pictures_are_in_the_page(document):
    images = Page(render_html(document)).all('img')
    assert [image['alt'] for image in images] == ['true and "predicted"', 'and another']
    content = [base64.b64decode(image['src'].partition(',')[2]) for image in images]
    assert content == [picture(0.25), picture(0.75)]


def test_html_in_texts_is_text():
    document = Document('a')
    document.paragraph('<script>alert(1)</script> [link](javascript:alert(1))')
    page = Page(render_html(document))
    assert '<script>alert(1)</script>' in page.text
    assert not page.all('script') and not page.all('a')


def test_a_page_loads_nothing():
    """Whatever stands in a name, and a Content-Security-Policy says so to the browser too."""
    document = Document('![of a name](http://example.com/a.png)')
    document.paragraph('![of a text](//example.com/b.png) <img src="http://example.com/c.png">')
    page = Page(render_html(document))
    assert not page.all('img')
    policies = [meta for meta in page.all('meta') if meta.get('http-equiv')]
    (policy,) = [meta['content'] for meta in policies if 'Policy' in meta['http-equiv']]
    sources = dict(rule.split(maxsplit=1) for rule in policy.split('; '))
    assert sources['default-src'] == "'none'" and sources['img-src'] == 'data:'
    assert 'http' not in policy and '*' not in policy


def test_html_is_made_for_phones_paper_and_the_dark(document):
    text = render_html(document)
    assert 'width=device-width' in text
    assert 'prefers-color-scheme: dark' in text and '@media print' in text


def test_written_files(document, tmp_path):
    folder = tmp_path / 'new' / 'folder'
    write_report(document, folder)
    files = {path.relative_to(folder).as_posix() for path in folder.rglob('*') if path.is_file()}
    assert files == {'figures/first.png', 'figures/second.png', 'report.html', 'report.md'}
    assert (folder / 'report.md').read_text() == render_markdown(document)
    assert (folder / 'report.html').read_text() == render_html(document)
    assert imread(folder / 'figures' / 'first.png').shape == (2, 3, 4)


def test_an_earlier_report_is_replaced(document, tmp_path):
    """With its figures, and with those only that the new one has."""
    write_report(document, tmp_path)
    (tmp_path / 'figures' / 'first.png').write_bytes(b'old')
    (tmp_path / 'figures' / 'third.png').write_bytes(b'of an earlier report')
    write_report(document, tmp_path)
    figures = sorted(path.name for path in (tmp_path / 'figures').iterdir())
    assert figures == ['first.png', 'second.png']
    assert imread(tmp_path / 'figures' / 'first.png').shape == (2, 3, 4)


def test_a_row_that_does_not_fit():
    with pytest.raises(ValueError, match=r"table 'errors': expected 2 columns, received \('a',\)"):
        Document('a').table('errors', ['model', 'MSE'], [['a']])


def test_a_list_of_nothing_is_no_list():
    document = Document('a')
    document.bullets([])
    assert document.blocks == []
